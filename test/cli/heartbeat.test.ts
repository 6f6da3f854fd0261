import { heartbeatOn } from "../../cli/progress";
import type { Terminal } from "../../cli/terminal";

// A step that prints nothing shows that it is still running.

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function terminal(messages: boolean) {
  let written = "";
  const tell = (line: string) => void (written += `${line}\n`);
  const show = (text: string) => void (written += text);
  return {
    tell,
    show,
    isTerminal: { output: messages, messages },
    written: () => written,
  } as unknown as Terminal & { written(): string };
}

test("on a terminal after two silent seconds, in a line that goes away before anything else is printed", () => {
  const screen = terminal(true);
  const heartbeat = heartbeatOn(screen, "The preview");
  jest.advanceTimersByTime(1_500);
  expect(screen.written()).toBe("");
  jest.advanceTimersByTime(2_000);
  const line = "The preview is running, 3 s without output";
  expect(screen.written()).toBe(`\rThe preview is running, 2 s without output\r${line}`);
  heartbeat.printing();
  expect(screen.written().endsWith(`\r${" ".repeat(line.length)}\r`)).toBe(true);
  heartbeat.end();
  const before = screen.written();
  jest.advanceTimersByTime(60_000);
  expect(screen.written()).toBe(before);
});

test("in a log after each thirty silent seconds", () => {
  const log = terminal(false);
  const heartbeat = heartbeatOn(log, "The up");
  jest.advanceTimersByTime(29_000);
  heartbeat.printing();
  jest.advanceTimersByTime(61_000);
  heartbeat.end();
  expect(log.written()).toBe("The up is still running.\nThe up is still running.\n");
});
