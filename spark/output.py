"""Writing what a job leaves: directories of part files with a manifest, which comes last."""

import json
import sys
from collections.abc import Callable

from pyspark.sql import SparkSession


def _path(spark: SparkSession, path: str):
    hadoop_path = spark._jvm.org.apache.hadoop.fs.Path(path)
    return hadoop_path.getFileSystem(spark._jsc.hadoopConfiguration()), hadoop_path


def check_new(spark: SparkSession, directory: str) -> None:
    system, path = _path(spark, directory)
    if system.exists(path) and len(system.listStatus(path)) > 0:
        raise FileExistsError(f"'{directory}' exists and is not empty; choose another directory")


def remove(spark: SparkSession, directory: str) -> None:
    system, path = _path(spark, directory)
    system.delete(path, True)


def write_manifest(spark: SparkSession, directory: str, manifest: dict) -> None:
    """Without it, the engine takes the directory for unfinished."""
    system, path = _path(spark, f"{directory}/manifest.json")
    stream = system.create(path, False)
    try:
        stream.write(bytearray((json.dumps(manifest, indent=1) + "\n").encode()))
    finally:
        stream.close()


def exit_status(job: Callable[[], str]) -> int:
    """Of a job that says what it did; 1 where the user can mend what went wrong, with the reason."""
    try:
        print(job())
    except (ValueError, FileExistsError) as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    return 0


def session(name: str, shuffle_partitions: int) -> SparkSession:
    """With spark-submit's master and settings where there are some, else on this machine's cores."""
    builder = SparkSession.builder.appName(name).config("spark.sql.session.timeZone", "UTC")
    if shuffle_partitions:
        builder = builder.config("spark.sql.shuffle.partitions", shuffle_partitions)
    return builder.getOrCreate()
