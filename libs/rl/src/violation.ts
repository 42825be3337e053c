/** What the rules of this library answer: a setting that breaks one. The caller knows where the setting stands. */
export interface Violation {
  /** The setting, by its usual name: `top_p`, `kl.placement`, `advantages[2]`. */
  readonly setting: string;
  /** One line for a user: why, what was expected and what was got. */
  readonly message: string;
}
