"""
Makes golden.jsonl: what the reference implementation (PyPI `tokenizers`, the Rust library) gives for three kinds of
tokenizer in use, each trained here on a few lines: Llama 3's and Qwen 2.5's byte-level BPE, Llama 2's with byte
fallback.

    pip install tokenizers==0.23.3 && python libs/tokenizer/golden/make.py > libs/tokenizer/golden/golden.jsonl
"""

import json
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

random.seed(1)
CORPUS = [
    "A teacher writes practice questions; a student is trained on them and its improvement is the reward.",
    "What is \\frac{1}{2} + \\frac{1}{3}? The answer is \\boxed{\\frac{5}{6}}. 12345 + 67,890 = 80,235",
    "naïve café 日本語のテキスト ∑∫√ I'll they're don't  two  spaces\n\n  indented\tline\r\n",
] * 5
PATTERN = (
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
    "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
)


def byte_level(pattern, special, size):
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    split = pre_tokenizers.Split(Regex(pattern), "isolated", False)
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, whole])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def llama3():
    bos = "<|begin_of_text|>"
    tokenizer = byte_level(PATTERN, [bos, "<|eot_id|>"], 360)
    template = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, tokenizer.token_to_id(bos))])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def qwen():
    tokenizer = byte_level(PATTERN.replace("{1,3}", ""), ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], 340)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens([AddedToken("<think>", special=False), AddedToken("</think>", special=False)])
    return tokenizer


def llama2():
    as_bytes = [f"<0x{i:02X}>" for i in range(256)]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(vocab_size=380, special_tokens=special + as_bytes, show_progress=False)
    tokenizer.train_from_iterator([text.replace(" ", "▁") for text in CORPUS[:2]], trainer)
    replace, strip = decoders.Replace("▁", " "), decoders.Strip(" ", 1, 0)
    tokenizer.decoder = decoders.Sequence([replace, decoders.ByteFallback(), decoders.Fuse(), strip])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] in special]
    return Tokenizer.from_str(json.dumps(content))


TEXTS = [
    "Hello world",
    "  two  spaces ",
    "\\boxed{\\frac{3}{4}}",
    "12345 + 67,890 = ?",
    "naïve café e\u0301",
    "日本語テキスト",
    "emoji 😀👨\u200d👩\u200d👧 end",
    "tabs\tand\n\nnewlines\r\n  x",
    "I'll they'RE don't",
    "<|im_start|>user\nhi<|im_end|>",
    "<think>a</think> b",
    "</s>x <s>",
    "a\u0000b",
    "the answer " * 30,
]
CHARACTERS = "abc the xyzÉé\n\t 0123456789.,'{}\\$^_日本😀\u0301▁<|>/"
TEXTS += ["".join(random.choice(CHARACTERS) for _ in range(random.randint(1, 40))) for _ in range(40)]

for name, tokenizer in (("llama3", llama3()), ("qwen", qwen()), ("llama2", llama2())):
    rows = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        rows.append({
            "text": text,
            "ids": ids,
            "idsPlain": tokenizer.encode(text, add_special_tokens=False).ids,
            "decoded": tokenizer.decode(ids),
            "decodedWhole": tokenizer.decode(ids, skip_special_tokens=False),
        })
    print(json.dumps({"name": name, "tokenizer": json.loads(tokenizer.to_str()), "rows": rows}))
