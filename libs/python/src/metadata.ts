/**
 * What the wheel says of itself: METADATA, WHEEL, entry_points.txt. Sources: the core metadata specification 2.4 and
 * the binary distribution format, https://packaging.python.org/specifications/.
 */
export const DISTRIBUTION = 'soar-rl';

/** What it needs, with the oldest versions that it was tried with. */
export const REQUIRED = ['grpcio>=1.60', 'protobuf>=4.25'];
/** What its optional parts need. */
export const EXTRAS: Readonly<Record<string, readonly string[]>> = {
  trl: ['trl>=1.0'],
  wandb: ['wandb>=0.22'],
  notebook: ['tqdm>=4.60', 'ipywidgets>=8'],
};
const PYTHON = '>=3.10';

export function metadataText(version: string, description: string): string {
  const head = [
    'Metadata-Version: 2.4',
    `Name: ${DISTRIBUTION}`,
    `Version: ${version}`,
    'Summary: Client of SOAR: runs, comparisons, samples, graded answers, a reward for TRL, reports to W&B.',
    'License-Expression: Apache-2.0',
    'License-File: LICENSE',
    'Keywords: reinforcement-learning,language-models,grpo,rloo,curriculum',
    'Classifier: Programming Language :: Python :: 3 :: Only',
    'Classifier: Typing :: Typed',
    `Requires-Python: ${PYTHON}`,
    ...REQUIRED.map((need) => `Requires-Dist: ${need}`),
    ...Object.entries(EXTRAS).flatMap(([extra, needs]) => [
      `Provides-Extra: ${extra}`,
      ...needs.map((need) => `Requires-Dist: ${need}; extra == "${extra}"`),
    ]),
    'Description-Content-Type: text/markdown',
  ];
  return `${head.join('\n')}\n\n${description}`;
}

export const WHEEL_TEXT = `Wheel-Version: 1.0
Generator: soar (npm run pack)
Root-Is-Purelib: true
Tag: py3-none-any
`;

export const ENTRY_POINTS = `[console_scripts]
soar-wandb = soar.wandb:main
`;
