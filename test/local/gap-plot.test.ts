import { plotOf } from "../../local/gap-plot";

/** Calls every 10 ms for so many seconds, of which those in between fail. */
function calls(seconds: number, from: number, to: number) {
  return Array.from({ length: seconds * 100 }, (_, index) => index * 10).map((at) => ({
    at,
    failed: at >= from && at < to,
  }));
}

test("a strip has a bar for each tenth of a second in which calls failed, as high as their share", () => {
  const svg = plotOf([
    { label: "one", triggers: calls(4, 0, 0) },
    { label: "other", triggers: calls(4, 2_000, 2_250) },
  ]);
  expect(svg).toContain(">one: 0 of 400 calls failed<");
  expect(svg).toContain(">other: 25 of 400 calls failed<");
  const [one = "", other = ""] = [...svg.matchAll(/<g fill="#dc2626">(.*)<\/g>/g)].map(([, bars]) => bars);
  const heights = (bars: string) => [...bars.matchAll(/ height="([\d.]+)"/g)].map(([, height]) => Number(height));
  expect([one, other].map(heights)).toEqual([[], [70, 70, 35]]);
});

test("a plot without triggers is still a plot", () => {
  expect(plotOf([{ label: "none", triggers: [] }])).toContain(">none: 0 of 0 calls failed<");
});
