/**
 * adapter_config.json of the folders that peft writes (https://huggingface.co/docs/peft, "LoRA"), read and written.
 * Which layers have an adapter is told by the tensors beside it (adapter_model.safetensors), not by target_modules,
 * which may be a pattern. What would change the arithmetic and is not computed is refused by name.
 */
import { UserError } from '@soar/core';
import { adapterName, adapterSpecs, kindOf, linearLayers, RANK_MAX } from '../adapters/adapter.js';
import type { Adapter, DecoderConfig } from '../decoder-config.js';
import { isObject, JsonFields } from './json-fields.js';

/** The model that an adapter belongs to. In an artifact: its key, and the hash of its manifest as the revision. */
export interface AdapterBase {
  readonly name?: string;
  readonly revision?: string;
}

/** What an adapter_config.json says. */
export interface PeftConfig extends Omit<Adapter, 'layers'> {
  readonly base: AdapterBase;
}

/** Fields that change no arithmetic, or are read below; any other one must be absent or empty. */
const HARMLESS: readonly string[] = [
  'auto_mapping',
  'base_model_name_or_path',
  'bias',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'exclude_modules',
  'inference_mode',
  'init_lora_weights',
  'layers_pattern',
  'layers_to_transform',
  'lora_alpha',
  'lora_dropout',
  'lora_ga_config',
  'megatron_core',
  'peft_type',
  'peft_version',
  'qalora_group_size',
  'r',
  'revision',
  'runtime_config',
  'target_modules',
  'task_type',
  'use_rslora',
];
/** Beginnings of an adapter that leave its base as it is; others change it when peft loads the adapter. */
const INITIALISATIONS: readonly unknown[] = [undefined, true, false, 'gaussian', 'eva', 'orthogonal'];

/** Throws UserError that names `source` (the file's path) and the field. */
export function parsePeftConfig(json: unknown, source: string): PeftConfig {
  const fields = JsonFields.of(json, source);
  if (fields.get('peft_type') !== 'LORA') fields.fail('peft_type', '"LORA"');
  if ((fields.get('bias') ?? 'none') !== 'none') fields.fail('bias', '"none"');
  if (!INITIALISATIONS.includes(fields.get('init_lora_weights')))
    fields.fail('init_lora_weights', 'one that leaves the base as it is');
  const other = Object.keys(json as object).find(
    (field) => !HARMLESS.includes(field) && !isEmpty(fields.get(field)),
  );
  if (other !== undefined) fields.fail(other, 'nothing: only plain LoRA and rsLoRA are supported');
  const text = (name: string): string | undefined => {
    const value = fields.get(name);
    return value === undefined || typeof value === 'string' ? value : fields.fail(name, 'a text');
  };
  const [name, revision] = [text('base_model_name_or_path'), text('revision')];
  return {
    rank: fields.integer('r', 1, RANK_MAX, 8),
    alpha: fields.positive('lora_alpha', 8),
    rslora: fields.boolean('use_rslora', false),
    base: { ...(name !== undefined && { name }), ...(revision !== undefined && { revision }) },
  };
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) ? Object.keys(value).length === 0 : !value;
}

/**
 * The adapter of the model with this configuration that a file's tensors make up, after checking names and shapes.
 * Throws UserError that names `source` and the tensor.
 */
export function matchAdapter(
  config: DecoderConfig,
  { rank, alpha, rslora }: PeftConfig,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  source: string,
): Adapter {
  const refuse = (name: string, what: string): never => {
    throw new UserError(`${source}: tensor ${name}: ${what}`, 'INVALID_ARGUMENT', name);
  };
  const found = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const layers = linearLayers(config)
    .map(({ name }) => name)
    .filter((layer) => found.has(adapterName(layer, 'A')) || found.has(adapterName(layer, 'B')));
  const adapter = { rank, alpha, rslora, layers };
  for (const { name, shape } of adapterSpecs({ ...config, adapter })) {
    const got = found.get(name);
    if (got?.join() !== shape.join()) {
      const what = got === undefined ? 'missing' : `shape [${got.join(', ')}]`;
      refuse(
        name,
        `${what}, expected shape [${shape.join(', ')}]. Do the adapter and this base belong together?`,
      );
    }
    found.delete(name);
  }
  for (const name of found.keys())
    refuse(name, 'not of a linear layer of the base. Do the adapter and this base belong together?');
  if (layers.length === 0)
    throw new UserError(
      `${source}: has no tensors, expected those of an adapter`,
      'INVALID_ARGUMENT',
      source,
    );
  return adapter;
}

/** The content of an adapter_config.json, as LoraConfig of peft reads it. */
export function peftConfigJson(
  config: DecoderConfig,
  adapter: Adapter,
  base: AdapterBase,
): Record<string, unknown> {
  const all = linearLayers(config).map(({ name }) => name);
  const kinds = [...new Set(adapter.layers.map(kindOf))];
  const whole = all.filter((name) => kinds.includes(kindOf(name))).length === adapter.layers.length;
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base.name ?? null,
    revision: base.revision ?? null,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    use_rslora: adapter.rslora,
    lora_dropout: 0,
    target_modules: whole ? kinds : adapter.layers,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
  };
}
