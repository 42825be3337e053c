"""Makes trl-rloo.json: three steps of TRL's RLOOTrainer on the tiny Llama of libs/model/testdata, and what it drew.

Run: python make_trl_fixture.py   (torch, transformers, trl). The result is committed; nothing else needs Python.
Two trainings: TRL's own settings but for groups of 4, 8 tokens and the learning rate, which is large enough for the
policy to leave its reference in three steps; and the same with normalize_advantages. services/trainer/src/trl.test.ts
gives our RLOO the same completions and rewards, and holds advantages, norms of gradients and the trained policy's
log-probabilities against these.
"""
import json
import pathlib
import tempfile

import torch
import trl
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, set_seed

HERE = pathlib.Path(__file__).parent
MODEL = HERE / '../../../libs/model/testdata/tiny-llama'
# Padding is not drawn: torch gives its embedding no gradient (padding_idx), whatever the text.
SETTINGS = dict(learning_rate=0.01, max_completion_length=8, max_steps=3, num_generations=4,
                generation_kwargs={'suppress_tokens': [0]})
PROMPTS = ['t5 t9', 't7 t3', 't11 t4', 't6 t20', 't8 t10', 't13 t22']


def tokenizer():
    vocab = {'<pad>': 0, '<s>': 1, '</s>': 2, **{f't{i}': i for i in range(3, 24)}}
    words = Tokenizer(models.WordLevel(vocab, unk_token='<pad>'))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token='<pad>', bos_token='<s>', eos_token='</s>',
                                   padding_side='left')


def reward(completion_ids, **_):
    """Of every completion: a number that differs with its tokens and its length."""
    return [sum(1.0 for t in ids if t % 3 == 0) - 0.25 * len(ids) for ids in completion_ids]


class Recorded(trl.RLOOTrainer):
    """Keeps what each step trained on."""

    def __init__(self, *args, **more):
        self.steps = []
        super().__init__(*args, **more)

    def _generate_and_score_completions(self, inputs):
        out = super()._generate_and_score_completions(inputs)
        cut = lambda ids, mask: [row[m.bool()].tolist() for row, m in zip(ids, mask)]
        completions = cut(out['completion_ids'], out['completion_mask'])
        self.steps.append({
            'prompts': cut(out['prompt_ids'], out['prompt_mask']),
            'completions': completions,
            'rewards': reward(completions),
            'sequenceLogprobs': out['old_logps'].tolist(),
            'advantages': out['advantages'].tolist(),
        })
        return out


def run(name, **changes):
    set_seed(3)
    with tempfile.TemporaryDirectory() as folder:
        config = trl.RLOOConfig(output_dir=folder, bf16=False, use_cpu=True, report_to=[], logging_steps=1, seed=3,
                                save_strategy='no', disable_tqdm=True, **SETTINGS, **changes)
        model = AutoModelForCausalLM.from_pretrained(MODEL, attn_implementation='eager')
        trainer = Recorded(model=model, reward_funcs=reward, args=config, processing_class=tokenizer(),
                           train_dataset=Dataset.from_dict({'prompt': PROMPTS}))
        trainer.train()
        norms = [entry['grad_norm'] for entry in trainer.state.log_history if 'grad_norm' in entry]
        rates = [entry['learning_rate'] for entry in trainer.state.log_history if 'grad_norm' in entry]
        for step, norm, rate in zip(trainer.steps, norms, rates, strict=True):
            step.update(gradientNorm=float(norm), learningRate=rate)
        last = trainer.steps[-1]
        with torch.no_grad():
            final = []
            for prompt, completion in zip(last['prompts'], last['completions']):
                ids = torch.tensor([prompt + completion])
                logps = torch.log_softmax(model(input_ids=ids).logits[0].float(), -1)[:-1]
                picked = logps.gather(1, ids[0, 1:, None])[:, 0]
                final.append(picked[len(prompt) - 1:].sum().item())
        args = {k: getattr(config, k) for k in ('beta', 'epsilon', 'num_generations', 'per_device_train_batch_size',
                                                'normalize_advantages', 'temperature', 'max_grad_norm', 'adam_beta1',
                                                'adam_beta2', 'adam_epsilon', 'weight_decay', 'num_iterations')}
        args['lr_scheduler_type'] = str(config.lr_scheduler_type.value)
        return {'name': name, 'learningRate': config.learning_rate, 'settings': args, 'steps': trainer.steps,
                'finalSequenceLogprobs': final}


def defaults():
    """The settings that TRL has where nothing is said."""
    config = trl.RLOOConfig(output_dir='unused', bf16=False, use_cpu=True, report_to=[])
    return {'learning_rate': config.learning_rate, 'num_generations': config.num_generations,
            'max_completion_length': config.max_completion_length, 'beta': config.beta,
            'temperature': config.temperature, 'per_device_train_batch_size': config.per_device_train_batch_size,
            'lr_scheduler_type': str(config.lr_scheduler_type.value), 'warmup_steps': config.warmup_steps,
            'max_grad_norm': config.max_grad_norm, 'weight_decay': config.weight_decay,
            'normalize_advantages': config.normalize_advantages}


fixture = {'trl': trl.__version__, 'defaults': defaults(),
           'trainings': [run('defaults'), run('normalised', normalize_advantages=True)]}
(HERE / 'trl-rloo.json').write_text(json.dumps(fixture, indent=1) + '\n')
