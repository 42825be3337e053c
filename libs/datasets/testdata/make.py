"""Makes the binary files of this folder, with Hugging Face datasets and pyarrow, in the shapes of published data sets:

    pip install datasets==5.2.0 && python libs/datasets/testdata/make.py

The rows are our own. The tests read the files; only a change of these rows needs Python.
"""
from pathlib import Path
import datasets
import pyarrow as pa
import pyarrow.parquet as pq

here = Path(__file__).parent

# GSM8K as on the Hub: one folder a configuration, shards of Parquet with the split in their names.
gsm8k = {
    "train": [
        ("Ann has 3 pens and buys 4. How many has she?", "3 + 4 = <<3+4=7>>7\n#### 7"),
        ("Bo walks 2 km a day for 5 days. How far?", "2 * 5 = <<2*5=10>>10\n#### 10"),
    ],
    "test": [
        ("Cy had 1,200 stamps and sold 200. How many are left?", "1200 - 200 = <<1200-200=1000>>1000\n#### 1,000"),
    ],
}
for split, rows in gsm8k.items():
    path = here / "hub" / "main" / f"{split}-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_dict({"question": [q for q, _ in rows], "answer": [a for _, a in rows]}).to_parquet(path)

# The kinds of values that tables have, in each compression that pyarrow writes, with two row groups.
table = pa.table({
    "id": pa.array([9007199254740993, 2, 3], pa.int64()),
    "question": ["1 + 1?", "half?", "é?"],
    "answer": pa.array([2.0, 0.5, 1e21], pa.float64()),
    "prompt": [[{"role": "user", "content": "1 + 1?"}]] * 3,
    "image": pa.array([b"\x00\xff"] * 3, pa.binary()),
    "tags": [["a", "b"], [], None],
})
for codec in ["none", "snappy", "gzip", "brotli", "zstd"]:
    pq.write_table(table, here / f"values-{codec}.parquet", compression=codec, row_group_size=2)

# What save_to_disk writes: Arrow streams, with the names of splits and files in JSON beside them.
chat = [{"prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"{n} + {n}?"}],
         "completion": [{"role": "assistant", "content": f"It is \\boxed{{{2 * n}}}."}],
         "level": n} for n in range(1, 6)]
hard, test = datasets.Dataset.from_list(chat[:4]), datasets.Dataset.from_list(chat[4:])
splits = datasets.DatasetDict({"hard": hard, "test": test})
splits.save_to_disk(here / "saved", num_shards={"hard": 2, "test": 1})
