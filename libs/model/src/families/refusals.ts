/** Kinds of models that the graphs do not compute, told by their config.json before anything is read or copied. */
import { isObject, type JsonFields } from '../hf/json-fields.js';
import type { Family } from './family.js';
import { FAMILIES } from './table.js';

interface Unsupported {
  readonly what: string;
  /** Fields that only such a model has. */
  readonly fields: readonly string[];
  readonly types: RegExp;
}

const UNSUPPORTED: readonly Unsupported[] = [
  {
    what: 'vision and audio',
    fields: ['vision_config', 'vision_tower', 'audio_config'],
    types:
      /(^|_)(vl|vision|vlm|llava|omni|audio|multimodal)|llava|paligemma|mllama|internvl|idefics|whisper|clip/,
  },
  {
    what: 'an encoder',
    fields: [],
    types: /bert|^(t5|mt5|umt5|bart|mbart|pegasus|electra|xlm|bloomz_enc|t5gemma)/,
  },
  {
    what: 'multi-head latent attention (MLA)',
    fields: ['kv_lora_rank', 'q_lora_rank'],
    types: /^deepseek_v[23]|minicpm3/,
  },
  {
    what: 'a mixture of experts',
    fields: [
      'num_local_experts',
      'num_experts',
      'n_routed_experts',
      'moe_num_experts',
      'num_experts_per_tok',
    ],
    types: /moe|mixtral|dbrx|arctic|gpt_oss|llama4/,
  },
  {
    what: 'state space layers',
    fields: ['ssm_cfg', 'state_size', 'mamba_d_state', 'mamba_n_heads', 'ssm_state_size'],
    types: /mamba|jamba|bamba|zamba|rwkv|falcon_h1|recurrent_gemma|nemotron_h|granitemoehybrid/,
  },
];

/** The family of a configuration. Throws UserError that names the field and its whole value when there is none. */
export function familyOf(fields: JsonFields): Family {
  const type = fields.get('model_type');
  const refuse = (field: string, what: string): never =>
    fields.fail(field, `${supported()} (${what} is not supported)`);
  for (const { what, fields: names } of UNSUPPORTED) {
    const found = names.find((name) => isObject(fields.get(name)) || Boolean(fields.get(name)));
    if (found !== undefined) fields.fail(found, `none: ${what} is not supported`);
  }
  if (fields.get('is_encoder_decoder') === true)
    fields.fail('is_encoder_decoder', 'false: an encoder is not supported');
  if (typeof type === 'string' && Object.hasOwn(FAMILIES, type)) return FAMILIES[type]!;
  const kind = UNSUPPORTED.find(({ types }) => typeof type === 'string' && types.test(type));
  if (kind !== undefined) return refuse('model_type', kind.what);
  return fields.fail('model_type', supported());
}

function supported(): string {
  return `one of ${Object.keys(FAMILIES).join(', ')}`;
}
