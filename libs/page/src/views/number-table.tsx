/** A table of numbers that scrolls sideways where the page is narrow, with the keyboard too. */
import type { ComponentChildren, VNode } from 'preact';

/** `label`: what it is a table of, for readers without sight. The first column names the rows. */
export function NumberTable({
  label,
  heads,
  children,
}: {
  readonly label: string;
  readonly heads: readonly string[];
  readonly children: ComponentChildren;
}): VNode {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={label}>
      <table class="numbers">
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={i} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
