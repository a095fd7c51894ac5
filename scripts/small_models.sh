# shellcheck shell=bash
# What the checks of the package, of the unit and of the image serve, for `source`.

# small_models KASKAD [WINDOW]: a log, and of it cascade.toml with its models, in the current folder, by the
# command KASKAD. Another WINDOW of popularity makes other models. Seconds on one core.
small_models() {
  local user item
  {
    echo "user_id,item_id,timestamp"
    for user in {1..40}; do
      for item in {1..6}; do echo "u$user,i$(((user + item * item) % 20)),$((1600000000 + user + item))"; done
    done
  } >log.csv
  "$1" ingest log.csv -o data >/dev/null
  "$1" popularity data --window "popularity-window:${2:-7d}" --whole-log -o popular
  "$1" make-impressions data --split leave-one-out --retriever popularity -o lists >/dev/null
  "$1" train-ranker gbdt data lists -o trees >/dev/null
  cat >cascade.toml <<'END'
name = "small"

[[retriever]]
name = "popular"
bundle = "popular"
quota = 20

[rank]
bundle = "trees"
keep = 10
END
}
