/** One line on the state of the connection; empty while all is well. Screen readers hear it change. */
import type { VNode } from 'preact';
import { visible } from '../format.js';
import type { Link } from '../live/live-state.js';

export function LinkLine({ link, why }: { readonly link: Link; readonly why: string }): VNode {
  const text = {
    connecting: '',
    live: '',
    ended: '',
    'coordinator-away': `The coordinator does not answer; this page tries again. ${visible(why)}`,
    'server-away': 'The server of this page does not answer; it tries again. What is shown may be old.',
  }[link];
  return (
    <p class={text === '' ? 'link-line' : 'link-line away'} role="status">
      {text}
    </p>
  );
}
