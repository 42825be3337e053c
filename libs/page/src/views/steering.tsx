/** Pause, resume and cancel, where the server allows it. Cancelling asks first, because nothing resumes it. */
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { visible } from '../format.js';
import type { Session, State } from '../index.js';
import { apiPath, post } from '../session.js';

interface SteeringProps {
  readonly session: Session;
  readonly kind: 'runs' | 'comparisons';
  readonly id: string;
  readonly state: State;
}

type Action = 'pause' | 'resume' | 'cancel';

/** What each state allows. */
const ALLOWED: Readonly<Partial<Record<State, readonly Action[]>>> = {
  RUNNING: ['pause', 'cancel'],
  PAUSED: ['resume', 'cancel'],
  FAILED: ['resume', 'cancel'],
};

export function Steering({ session, kind, id, state }: SteeringProps): VNode | null {
  const dialog = useRef<HTMLDialogElement>(null);
  // Only the button of the call that is under way waits: the state that it leads to may be shown before it returns,
  // and what that state allows must work at once.
  const [underway, setUnderway] = useState<Action>();
  const [problem, setProblem] = useState('');
  const actions = ALLOWED[state] ?? [];
  if (!session.control || actions.length === 0) return null;
  const noun = kind === 'runs' ? 'run' : 'comparison';
  const act = async (action: Action): Promise<void> => {
    setUnderway(action);
    setProblem('');
    try {
      await post(apiPath(kind, id, action), session);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setUnderway((latest) => (latest === action ? undefined : latest));
    }
  };
  return (
    <div class="steering">
      {actions.map((action) => (
        <button
          key={action}
          type="button"
          disabled={underway === action}
          onClick={() => (action === 'cancel' ? dialog.current?.showModal() : void act(action))}
        >
          {action === 'cancel' ? 'Cancel\u2026' : action === 'pause' ? 'Pause' : 'Resume'}
        </button>
      ))}
      <p class="failure" role="status">
        {visible(problem)}
      </p>
      <dialog ref={dialog} aria-labelledby="cancel-title">
        <h2 id="cancel-title">
          Cancel {noun} {visible(id)}?
        </h2>
        <p>A cancelled {noun} cannot be resumed. What it has finished stays in its journal.</p>
        <form method="dialog" class="steering">
          <button type="submit">Keep it</button>
          <button type="submit" class="danger" onClick={() => void act('cancel')}>
            Cancel the {noun}
          </button>
        </form>
      </dialog>
    </div>
  );
}
