/**
 * The character tokenizer of the shipped model and the JSON files around it, in Hugging Face layout.
 *
 * One character is one token. Expressed as a BPE without merges, which every reader of tokenizer.json knows; `Fuse`
 * joins the characters again without spaces. There is no begin-of-text token: the cue character starts each text.
 */
import { arithmeticGrammar as grammar } from '@soar/domains';
import { UserError } from '@soar/core';
import type { Task } from './task.js';

const PAD_TOKEN = '<pad>';
const EOS_TOKEN = '<eos>';
export const PAD_ID = 0;
export const EOS_ID = 1;

/** Every token of a task; its index is its id: the grammar's characters, then the operators that the task adds. */
export function vocabularyOf({ stages, pool, curated }: Task): readonly string[] {
  const kinds = [...stages.flatMap(({ textbook, exam }) => [...textbook, ...exam]), ...pool, ...curated];
  const used = new Set<string>(kinds.map(({ operator }) => operator));
  const more = grammar.OPERATORS.filter(
    (operator) => used.has(operator) && !grammar.ALPHABET.includes(operator),
  );
  return [PAD_TOKEN, EOS_TOKEN, ...grammar.ALPHABET, ...more];
}

/** Token ids of `text`, one per character of a vocabulary. Throws UserError on a character outside. */
export function idsOf(text: string, vocabulary: readonly string[]): number[] {
  return [...text].map((char, i) => {
    const id = vocabulary.indexOf(char);
    if (id < 0) {
      const known = vocabulary.filter((token) => token.length === 1).join('');
      throw new UserError(`character ${JSON.stringify(char)} at ${i}: expected one of ${known}`);
    }
    return id;
  });
}

/** The content of tokenizer.json. */
export function tokenizerJson(task: Task): object {
  const special = [
    { id: PAD_ID, content: PAD_TOKEN },
    { id: EOS_ID, content: EOS_TOKEN },
  ];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map(({ id, content }) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabularyOf(task).map((token, id) => [token, id])),
      merges: [],
    },
  };
}

/** The content of tokenizer_config.json. */
export function tokenizerConfigJson(task: Task): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    pad_token: PAD_TOKEN,
    eos_token: EOS_TOKEN,
    model_max_length: task.model.max_position_embeddings,
    model_input_names: ['input_ids', 'attention_mask'],
    clean_up_tokenization_spaces: false,
  };
}

/** The content of config.json: a Llama of the task's shape with this vocabulary. */
export function modelConfigJson(task: Task): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...task.model,
    vocab_size: vocabularyOf(task).length,
    hidden_act: 'silu',
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    bos_token_id: null,
    eos_token_id: EOS_ID,
    pad_token_id: PAD_ID,
    torch_dtype: 'float32',
    use_cache: true,
  };
}

/** The content of generation_config.json: plain sampling, as the paper's screening does. */
export function generationConfigJson(): object {
  return { do_sample: true, temperature: 1, top_p: 1, eos_token_id: EOS_ID, pad_token_id: PAD_ID };
}
