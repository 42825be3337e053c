/**
 * Counts rejected rollouts by reason. Reasons may quote what a model wrote, so they are cut short and their number is
 * bounded.
 */
const REASONS_MAX = 32;
const REASON_CHARS_MAX = 80;
const OTHER = 'other';

export class Rejections {
  private readonly counts = new Map<string, number>();

  add(reason: string): void {
    // "expected 3 digits, got ..." is one reason, whatever was got.
    const label = [...reason.split(', got ')[0]!].slice(0, REASON_CHARS_MAX).join('');
    const key = this.counts.has(label) || this.counts.size < REASONS_MAX ? label : OTHER;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** As the response has them. */
  toMap(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  /** For a message: the most frequent reasons first. */
  describe(): string {
    const sorted = [...this.counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
    return sorted.map(([reason, count]) => `${count} x ${reason}`).join('; ') || 'none';
  }
}
