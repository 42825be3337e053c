/**
 * Reasoning models think between <think> and </think> before they answer; some chat templates open the tag themselves,
 * so that a response begins inside it. What is thought is no answer.
 */

/** The part of a response that answers: behind the last thought. Empty when a thought does not end. */
export function answerPart(response: string): string {
  const end = response.lastIndexOf('</think>');
  const rest = end < 0 ? response : response.slice(end + '</think>'.length);
  return rest.includes('<think>') ? '' : rest;
}
