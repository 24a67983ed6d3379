"""The same sum by DuckDB and Polars, one thread each; called by quantify.rs.

    peers.py JOB FILE.csv ROWS     prints rows per second of CPU time, in millions, and the sum in milligrams

In memory every known way to look the factor up is tried once, and the fastest one is measured.
"""

import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

BASE = 2501  # tenths of g/km, as in commute.toml; metres * tenths of g/km = tenths of mg
MODES = {
    "walk": 0, "bike": 0, "ebike": 97, "bus": 345, "ebus": 213,
    "metro": 281, "tram": 304, "train": 226, "ferry": 1129, "pool": 952,
}  # fmt: skip
FACTORS = list(MODES.values())


def measured(run, passes):
    start = time.process_time()
    for _ in range(passes):
        total = run()
    return (time.process_time() - start) / passes, total


def fastest(ways, passes):
    """Tries each way twice (the first time warms up), then measures the best one."""
    for way in ways:
        way()
    best = min(ways, key=lambda way: measured(way, 1)[0])
    return measured(best, passes)


def duckdb_memory(path):
    con = duckdb_connection()
    con.execute(
        f"CREATE TABLE rows AS SELECT (distance * 1000)::BIGINT AS m, k::BIGINT AS k FROM {duckdb_csv(path)} JOIN factors USING (mode)"
    )
    array = "[" + ",".join(map(str, FACTORS)) + "]"
    case = "CASE k " + " ".join(f"WHEN {k} THEN {ef}" for k, ef in enumerate(FACTORS)) + " END"
    queries = [
        f"SELECT sum(m * ({BASE} - ef) // 10) FROM rows JOIN factors USING (k)",
        f"SELECT sum(m * ({BASE} - {array}[k + 1]) // 10) FROM rows",
        f"SELECT sum(m * ({BASE} - {case}) // 10) FROM rows",
    ]
    ways = [lambda query=query: con.execute(query).fetchone()[0] for query in queries]
    return fastest(ways, 5)


def duckdb_from_csv(path):
    con = duckdb_connection()
    query = f"SELECT count(*), sum((distance * 1000)::BIGINT * ({BASE} - ef) // 10) FROM {duckdb_csv(path)} JOIN factors USING (mode)"
    return fastest([lambda: con.execute(query).fetchone()[1]], 1)


def duckdb_connection():
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads = 1")
    values = ",".join(f"('{mode}', {k}, {ef})" for k, (mode, ef) in enumerate(MODES.items()))
    con.execute(f"CREATE TABLE factors AS SELECT * FROM (VALUES {values}) t(mode, k, ef)")
    return con


def duckdb_csv(path):
    columns = "{'id': 'VARCHAR', 'distance': 'DECIMAL(9,3)', 'mode': 'VARCHAR'}"
    return f"read_csv('{path}', header = true, columns = {columns})"


def polars_frames(path):
    import polars as pl

    schema = {"id": pl.String, "distance": pl.Float64, "mode": pl.String}
    rows = pl.scan_csv(path, schema=schema)
    factors = pl.DataFrame(
        {"mode": list(MODES), "k": list(range(len(MODES))), "ef": FACTORS}
    ).lazy()
    metres = (pl.col("distance") * 1000).round().cast(pl.Int64).alias("m")
    return pl, rows, factors, metres


def polars_memory(path):
    pl, rows, factors, metres = polars_frames(path)
    table = rows.join(factors, on="mode").select(metres, "k").collect()
    ef = pl.Series(FACTORS)
    of = lambda ef: ((pl.col("m") * (BASE - ef)) // 10).sum()
    ways = [
        lambda: table.lazy().join(factors, on="k").select(of(pl.col("ef"))).collect().item(),
        lambda: table.select(of(pl.lit(ef).gather(pl.col("k")))).item(),
    ]
    return fastest(ways, 5)


def polars_from_csv(path):
    pl, rows, factors, metres = polars_frames(path)
    query = rows.select("mode", metres).join(factors, on="mode")
    query = query.select(((pl.col("m") * (BASE - pl.col("ef"))) // 10).sum())
    return fastest([lambda: query.collect().item()], 1)


JOBS = {
    "duckdb-memory": duckdb_memory,
    "duckdb-csv": duckdb_from_csv,
    "polars-memory": polars_memory,
    "polars-csv": polars_from_csv,
}

job, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
seconds, total = JOBS[job](path)
print(f"{count / seconds / 1e6:.2f} {total}")
