import * as c from './dist/index.js';
import { readFileSync } from 'node:fs';
const cel = await import('@bufbuild/cel');
const t = process.cpuUsage();
for (const [k, v] of Object.entries(c))
  if (v && v.kind === 'service')
    for (const m of v.methods) {
      const t0 = process.cpuUsage();
      try {
        c.validate(m.input, c.create(m.input));
      } catch (e) {
        console.log(e.message);
      }
      const u = process.cpuUsage(t0);
      console.log(m.input.name, ((u.user + u.system) / 1000) | 0);
    }
const u = process.cpuUsage(t);
console.log('all', (u.user + u.system) / 1000);
