/** Holds the tensors of a file against the parameters that a configuration asks for. */
import { UserError } from '@soar/core';
import type { DecoderConfig } from '../decoder-config.js';
import { parameterSpecs } from '../parameters.js';

/** In some files beside the weights, and computed or shared by the model itself. */
function isRedundant(name: string, config: DecoderConfig): boolean {
  return (config.tieWordEmbeddings && name === 'lm_head.weight') || name.endsWith('.rotary_emb.inv_freq');
}

/**
 * Checks that the file has every parameter of the model, in its shape, and nothing that the model would ignore. Throws
 * UserError that names `source`, the tensor, and what was expected.
 */
export function matchParameters(
  config: DecoderConfig,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  source: string,
): void {
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor.shape]));
  const refuse = (name: string, what: string): never => {
    throw new UserError(`${source}: tensor ${name}: ${what}`, 'INVALID_ARGUMENT', name);
  };
  for (const { name, shape } of parameterSpecs(config)) {
    const got = found.get(name);
    if (got === undefined)
      refuse(name, 'missing; config.json asks for it. Do config and weights belong together?');
    else if (got.join() !== shape.join()) {
      refuse(name, `shape [${got.join(', ')}], config.json asks for [${shape.join(', ')}]`);
    }
    found.delete(name);
  }
  for (const name of found.keys()) {
    if (!isRedundant(name, config)) {
      refuse(name, 'not a parameter of the model in config.json. Do config and weights belong together?');
    }
  }
}
