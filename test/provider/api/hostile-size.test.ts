import { gzipSync } from "node:zlib";
import { failure } from "../../support/provider";
import { act, actNames, type Hostile, hostile, hostileSocket, pour, token, victimOf } from "../../support/hostile";

// Answers that are too long, endless or too slow.

const mebi = 1024 * 1024;

let server: Hostile | undefined;
afterEach(() => server?.close());

describe("an answer without end", () => {
  // Beyond what is taken, no more can be sent than what is on the way.
  const most = 44 * mebi;

  test.each(actNames)("to %s is cut off, and asked for once more at most", async (name) => {
    const chunk = Buffer.alloc(mebi, " ");
    server = await hostile((response, counted) => {
      response.writeHead(200, { "content-type": "application/json" });
      pour(response, counted, chunk);
    });
    const error = await failure(act(name)(victimOf(server.url)), token);
    expect(["unanswered", "unexpected_answer"]).toContain(error.code);
    expect(error.message).toMatch(/ANSWER_TOO_LARGE|no complete answer arrived/);
    // A write that may not be repeated is followed by a look; two lists are read at the same time.
    expect(server.requests).toBeLessThanOrEqual(4);
    expect(server.bytes).toBeLessThan(server.requests * most);
  });

  test("that announces its length is rejected before it is read", async () => {
    server = await hostile((response, counted) => {
      response.writeHead(200, { "content-length": 50 * mebi });
      pour(response, counted, Buffer.alloc(64 * 1024, " "));
    });
    const error = await failure(act("list targets")(victimOf(server.url)), token);
    expect(error).toMatchObject({ code: "unexpected_answer", cause: { code: "ANSWER_TOO_LARGE" } });
    expect(error.message).toMatch(/^Listing the targets on \S+ failed: the answer is larger than any of ZITADEL's/);
    expect(server.requests).toBe(2);
    expect(server.bytes).toBeLessThan(2 * 12 * mebi);
  });

  test("of headers is cut off", async () => {
    server = await hostileSocket((socket, counted) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const line = `x-more: ${"y".repeat(8_000)}\r\n`;
      const more = () => {
        do counted.bytes += line.length;
        while (!socket.destroyed && socket.write(line));
        if (!socket.destroyed) socket.once("drain", more);
      };
      more();
    });
    const error = await failure(act("rotate target")(victimOf(server.url)), token);
    expect(error).toMatchObject({ cause: { code: "HPE_HEADER_OVERFLOW" } });
    expect(server.bytes).toBeLessThan(server.requests * 12 * mebi);
  });
});

describe("a gzip bomb", () => {
  const bomb = gzipSync(Buffer.alloc(200 * mebi, " "));

  test.each(actNames)("to %s is never unpacked", async (name) => {
    const asked: unknown[] = [];
    server = await hostile((response) => {
      asked.push(response.req.headers["accept-encoding"]);
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
    });
    const error = await failure(act(name)(victimOf(server.url)), token);
    expect(["unanswered", "unexpected_answer"]).toContain(error.code);
    expect(new Set(asked)).toEqual(new Set([undefined]));
  });

  test("is smaller than an answer may be, so it is its content that would harm", () => {
    expect(bomb.length).toBeLessThan(mebi);
  });
});

describe("an answer that drips forever is given up", () => {
  const drips: [string, string, string][] = [
    ["its body", 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"a":"', "a"],
    ["chunks of its body", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\na\r\n"],
    ["its headers", "HTTP/1.1 200 OK\r\nx: ", "a"],
    ["its status line", "HTTP/1.1 200 ", "a"],
    ["interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["interim answers of no known kind", "", "HTTP/1.1 199 Wait\r\n\r\n"],
  ];
  test.each(drips)("%s", async (_what, beginning, drop) => {
    server = await hostileSocket((socket, counted) => {
      socket.write(beginning);
      // Each drop is sent when the last one is gone, so the connection is never quiet for long.
      const timer = setInterval(() => {
        if (socket.destroyed) clearInterval(timer);
        else if (socket.write(drop)) counted.bytes += drop.length;
      }, 1);
    });
    const error = await failure(act("update target")(victimOf(server.url, 40)), token);
    expect(error).toMatchObject({ code: "unanswered", cause: { code: "ETIMEDOUT" } });
    expect(server.requests).toBeLessThanOrEqual(6);
  });
});
