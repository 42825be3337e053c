/** A state as a coloured dot and a word: never by the colour alone. */
import type { VNode } from 'preact';
export function StateChip({ state }: { readonly state: string }): VNode {
  const word = state.toLowerCase();
  return (
    <span class={`state ${word}`}>
      <i aria-hidden="true" />
      {word}
    </span>
  );
}

/** How much of something is done. */
export function Meter({
  done,
  total,
  label,
}: {
  readonly done: number;
  readonly total: number;
  readonly label: string;
}): VNode {
  return <progress class="meter" max={Math.max(1, total)} value={Math.min(done, total)} aria-label={label} />;
}
