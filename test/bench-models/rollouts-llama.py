"""
The other side of the rollout rows of `npm run bench:models`: llama.cpp in float32, by its batch interface. Rows are
sequences of one batch that share nothing. Prints {"seconds": [of each repetition but the first], "peak_bytes": of the
process}.

    pip install llama-cpp-python gguf torch transformers
    python test/bench-models/rollouts-llama.py MODEL --rows 32 --prompt-tokens 40 --new-tokens 64

MODEL is a GGUF file in float32, or a Hugging Face folder, whose GGUF file is then written once, into the temporary
folder (Llama architecture only).
"""

import argparse
import json
import os
import resource
import tempfile
import time

import llama_cpp
import numpy as np


def gguf_file(folder: str) -> str:
    """The folder's model as a GGUF file in float32, without a tokenizer: ids go in, ids come out."""
    if folder.endswith(".gguf"):
        return folder
    path = os.path.join(tempfile.gettempdir(), f"{os.path.basename(os.path.abspath(folder))}-f32.gguf")
    if os.path.exists(path):
        return path
    import gguf
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config = model.config
    writer = gguf.GGUFWriter(path + ".part", "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    theta = getattr(config, "rope_theta", None) or config.rope_parameters["rope_theta"]
    writer.add_rope_freq_base(theta)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("none")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = tensor.numpy()
        # llama.cpp turns neighbouring channels together, transformers the halves.
        for part, heads in ("q_proj", config.num_attention_heads), ("k_proj", config.num_key_value_heads):
            if name.endswith(f"{part}.weight"):
                data = data.reshape(heads, 2, -1, data.shape[1]).swapaxes(1, 2).reshape(data.shape)
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), np.ascontiguousarray(data))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.rename(path + ".part", path)
    return path


class Rollouts:
    def __init__(self, folder: str, rows: int, tokens: int, threads: int) -> None:
        llama_cpp.llama_backend_init()
        model_params = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(gguf_file(folder).encode(), model_params)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = rows * (-(-tokens // 256) * 256)  # of all sequences together
        params.n_seq_max = rows
        params.n_batch = params.n_ubatch = 2048
        params.n_threads = params.n_threads_batch = threads
        params.type_k = params.type_v = llama_cpp.GGML_TYPE_F32
        self.context = llama_cpp.llama_init_from_model(self.model, params)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_temp(1.0))
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_dist(1))
        self.sampler = chain

    def decode(self, items: list[tuple[int, int, int, bool]]) -> None:
        """Reads (token, position, sequence, whether its logits are wanted)."""
        batch = llama_cpp.llama_batch_init(len(items), 0, 1)
        batch.n_tokens = len(items)
        for i, (token, position, row, wanted) in enumerate(items):
            batch.token[i], batch.pos[i], batch.logits[i] = token, position, wanted
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = row
        assert llama_cpp.llama_decode(self.context, batch) == 0
        llama_cpp.llama_batch_free(batch)

    def sample(self, at: int) -> int:
        return llama_cpp.llama_sampler_sample(self.sampler, self.context, at)

    def run(self, prompts: list[list[int]], new_tokens: int) -> None:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        last = []
        whole = max(1, 2048 // len(prompts[0]))  # prompts in one batch
        for first in range(0, len(prompts), whole):
            some = list(enumerate(prompts))[first : first + whole]
            self.decode([(token, t, row, t + 1 == len(p)) for row, p in some for t, token in enumerate(p)])
            last += [self.sample(sum(len(q) for _, q in some[: i + 1]) - 1) for i in range(len(some))]
        for drawn in range(1, new_tokens):
            position = len(prompts[0]) + drawn - 1
            self.decode([(token, position, row, True) for row, token in enumerate(last)])
            last = [self.sample(row) for row in range(len(last))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    for name, default in ("threads", 1), ("repeats", 3), ("rows", 32), ("prompt-tokens", 40), ("new-tokens", 64):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    rollouts = Rollouts(args.model, args.rows, args.prompt_tokens + args.new_tokens, args.threads)
    spread = rollouts.vocabulary - 1000
    prompts = [
        [1000 + (97 * row + 13 * t) % spread for t in range(args.prompt_tokens)] for row in range(args.rows)
    ]
    seconds = []
    for _ in range(args.repeats + 1):
        began = time.perf_counter()
        rollouts.run(prompts, args.new_tokens)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds[1:], "peak_bytes": peak}))


if __name__ == "__main__":
    main()
