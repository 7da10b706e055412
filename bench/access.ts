import { connectionCounts, contenders, patterns, works, type Contender } from './access/cases.ts';
import { takeTurn } from './access/turns.ts';
import { startAccessStack } from './access/stack.ts';

export async function run(args: readonly string[] = []): Promise<void> {
  const seconds = Number(args[0] ?? 3);
  const only = args[1]?.split(',') ?? [...contenders];
  const conns = args[2]?.split(',').map(Number) ?? [200];
  const prof = args[3] ? ['--cpu-prof', `--cpu-prof-dir=${args[3]}`] : [];
  const stack = await startAccessStack(prof);
  try {
    const only2 = args[4]?.split(',') ?? [...patterns];
    for (const work of works)
      for (const pattern of patterns.filter((p) => only2.includes(p)))
        for (const connections of connectionCounts.filter((c) => conns.includes(c)))
          for (const c of only as Contender[]) {
            const r = await takeTurn(stack, c, { work, pattern, connections }, seconds);
            console.log(
              work,
              pattern,
              connections,
              c,
              r.perSecond.toFixed(0),
              r.p50Ms,
              r.p99Ms,
              JSON.stringify(r.cpuMicros, (k, v) => (typeof v === 'number' ? Math.round(v) : v)),
            );
          }
    const client = await stack.inspect('ours');
    const { rows } = await client.query(
      `select relname, n_tup_ins ins, n_tup_upd upd, n_tup_hot_upd hot, n_dead_tup dead, seq_scan, pg_size_pretty(pg_relation_size(relid)) size from pg_stat_user_tables where n_tup_ins+n_tup_upd>0`,
    );
    console.table(rows);
    await client.end();
  } finally {
    await stack.close();
  }
}
