"""The protocol of kaskad/dataset/split.h and kaskad/eval, in Python, so that rivals are asked
the same questions: logs.py reads, splits.py cuts, ranking.py ranks and scores."""
