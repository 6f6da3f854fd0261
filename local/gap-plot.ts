/** The result of one trigger: when it was sent, in milliseconds since the measurement began, and whether the call failed. */
export interface Trigger {
  readonly at: number;
  readonly failed: boolean;
}

/** One strip of the plot: a rotation strategy, and the triggers of its measurement. */
export interface Strip {
  readonly label: string;
  readonly triggers: readonly Trigger[];
}

const width = 880;
const left = 20;
const stripHeight = 110;
const plotHeight = 70;
const bucket = 100;

/** Draws an SVG, with the strips one above the other. Each bar is a tenth of a second, and its height is the share of calls that failed. */
export function plotOf(strips: readonly Strip[]): string {
  const end = Math.max(bucket, ...strips.flatMap(({ triggers }) => triggers.map(({ at }) => at)));
  const x = (at: number) => left + (at / end) * (width - 2 * left);
  const height = strips.length * stripHeight + 30;
  const seconds = Array.from({ length: Math.floor(end / 1_000) + 1 }, (_, second) => second);
  const step = Math.max(1, Math.ceil(seconds.length / 20));
  const ticks = seconds
    .filter((second) => second % step === 0)
    .map(
      (second) =>
        `<text x="${x(second * 1_000).toFixed(1)}" y="${height - 10}" text-anchor="middle">${second} s</text>`,
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" rx="10" fill="#ffffff"/>`,
    ...strips.flatMap((strip, index) => drawStrip(strip, index * stripHeight, x)),
    `<g fill="#475569">${ticks.join("")}</g>`,
    "</svg>\n",
  ].join("\n");
}

function drawStrip({ label, triggers }: Strip, top: number, x: (at: number) => number): string[] {
  const buckets = new Map<number, { sent: number; failed: number }>();
  for (const { at, failed } of triggers) {
    const key = Math.floor(at / bucket);
    const counts = buckets.get(key) ?? { sent: 0, failed: 0 };
    buckets.set(key, { sent: counts.sent + 1, failed: counts.failed + (failed ? 1 : 0) });
  }
  const bottom = top + 30 + plotHeight;
  const bars = [...buckets]
    .filter(([, { failed }]) => failed > 0)
    .map(([key, { sent, failed }]) => {
      const tall = (plotHeight * failed) / sent;
      const wide = x((key + 1) * bucket) - x(key * bucket);
      return `<rect x="${x(key * bucket).toFixed(1)}" y="${(bottom - tall).toFixed(1)}" width="${wide.toFixed(1)}" height="${tall.toFixed(1)}"/>`;
    });
  const failed = triggers.filter((trigger) => trigger.failed).length;
  return [
    `<text x="${left}" y="${top + 22}" fill="#0f172a">${label}: ${failed} of ${triggers.length} calls failed</text>`,
    `<rect x="${left}" y="${top + 30}" width="${width - 2 * left}" height="${plotHeight}" fill="#f1f5f9"/>`,
    `<g fill="#dc2626">${bars.join("")}</g>`,
  ];
}
