import {
  act,
  actNames,
  type Hostile,
  hostile,
  hostileSocket,
  reads,
  states,
  token,
  victimOf,
} from "../../support/hostile";
import { failure, fakeClock, instanceFor, serve } from "../../support/provider";
import { Client } from "../../../provider/core/client";

// HTTP answers that are not ZITADEL's: unusual statuses, redirects, wrong content types, more bytes than announced.

const valid = JSON.stringify({ pagination: {}, changeDate: "2026-07-01T12:00:05Z", id: "1", keyId: "2" });

let server: Hostile | undefined;
afterEach(() => server?.close());

describe.each([201, 202, 203, 204, 205, 206, 226, 299, 300, 304, 305, 399, 402, 418, 451, 499, 505, 599, 999])(
  "status %i with the body of a success",
  (status) => {
    test.each(actNames)("%s: is an error", async (name) => {
      server = await hostile((response) => void response.writeHead(status).end(valid));
      const error = await failure(act(name)(victimOf(server.url)), token);
      expect(["unexpected_answer", "unanswered"]).toContain(error.code);
      expect(server.requests).toBeLessThanOrEqual(20);
    });
  },
);

describe.each([199, 103, 102, 101, 0, 1, 99, 1000])("a status line with %i", (status) => {
  test.each(Object.keys(reads))("to %s is an error", async (name) => {
    server = await hostileSocket((socket) => {
      socket.end(`HTTP/1.1 ${status} Odd\r\ncontent-length: ${valid.length}\r\n\r\n${valid}`);
    });
    await failure(act(name)(victimOf(server.url, 100)), token);
  });
});

describe.each([301, 302, 303, 307, 308])("a redirect by %i", (status) => {
  test.each(actNames)("of %s is an error, and nothing follows it, on the same host or another", async (name) => {
    const visits: (string | undefined)[] = [];
    const elsewhere = await serve((request, response) => {
      visits.push(request.url);
      response.end(valid);
    });
    const here = await serve((request, response) => {
      request.resume();
      if (request.url?.startsWith("/moved") === true) visits.push(request.url);
      const host = visits.length === 0 && request.headers["x-same"] === undefined ? elsewhere.url : "";
      response.writeHead(status, { location: `${host}/moved?token=${token}` }).end(valid);
    });
    try {
      for (const headers of [{}, { "x-same": "yes" }]) {
        const instance = instanceFor({ url: here.url, accessToken: token }, { headers });
        const error = await failure(act(name)(new Client(instance, { clock: fakeClock() })), token);
        expect(error).toMatchObject({ code: "unexpected_answer", status });
      }
      expect(visits).toEqual([]);
    } finally {
      elsewhere.close();
      here.close();
    }
  });

  test.each([true, false])(
    "of a log-in is an error, and the secret follows it nowhere (same host: %p)",
    async (same) => {
      const visits: (string | undefined)[] = [];
      const elsewhere = await serve((request, response) => {
        visits.push(request.url);
        response.end('{"access_token": "elsewhere"}');
      });
      const here = await serve((request, response) => {
        visits.push(request.url);
        request.resume();
        response.writeHead(status, { location: `${same ? "" : elsewhere.url}/moved` }).end('{"access_token": "here"}');
      });
      try {
        const credential = {
          kind: "clientCredentials",
          source: "environment",
          clientId: "boss",
          clientSecret: "the-client-secret",
        } as const;
        const instance = instanceFor({ url: here.url, accessToken: "" }, { credential });
        const error = await failure(
          act("list targets")(new Client(instance, { clock: fakeClock() })),
          "the-client-secret",
        );
        expect(error).toMatchObject({ code: "unexpected_answer", status, operation: "log in" });
        expect(visits).toEqual(["/oauth/v2/token"]);
      } finally {
        elsewhere.close();
        here.close();
      }
    },
  );
});

test("a host that holds the token is not shown", async () => {
  server = await hostile(
    (response) => void response.writeHead(302, { location: `https://${token}.example.com/` }).end(),
  );
  expect((await failure(act("list targets")(victimOf(server.url)), token)).message).toContain(
    "a redirect, and the provider never follows one",
  );
});

describe("200 with what is no answer", () => {
  test.each([
    ["nothing", ""],
    ["a page", "<html>Sign in</html>"],
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"ok"'],
    ["a number", "1e999"],
    ["JSON and more", `${valid}garbage`],
    ["two answers", valid + valid],
    ["half an answer", valid.slice(0, -3)],
    ["a byte order mark", `\ufeff${valid}`],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x7b])],
  ])("%s", async (_what, body) => {
    server = await hostile(
      (response) => void response.writeHead(200, { "content-type": "application/json" }).end(body),
    );
    for (const name of actNames) {
      const error = await failure(act(name)(victimOf(server.url)), token);
      expect(["unexpected_answer", "unanswered"]).toContain(error.code);
    }
  });
});

describe("what the headers say of the body", () => {
  test.each<[string, Record<string, string>]>([
    ["that it is a page", { "content-type": "text/html" }],
    ["that it is an image", { "content-type": "image/png" }],
    ["that it is packed", { "content-encoding": "gzip" }],
    ["that it is packed twice", { "content-encoding": "br, gzip" }],
    ["that it is of another alphabet", { "content-type": "application/json; charset=utf-16" }],
    [
      "nothing that anybody knows",
      { "content-type": ";;;", "content-language": "xx", date: "never", "retry-after": "-" },
    ],
  ])("%s is of no importance: the bytes are", async (_what, headers) => {
    server = await hostile((response) => void response.writeHead(200, headers).end('{"pagination": {}}'));
    expect(await act("list targets")(victimOf(server.url))).toEqual([]);
  });

  test("more than was announced is never taken for an answer", async () => {
    const body = '{"pagination": {}}';
    const row = { ...states.target, id: "666" };
    const forged = JSON.stringify({ pagination: { totalResult: "1" }, targets: [row] });
    server = await hostileSocket((socket) => {
      const second = `HTTP/1.1 200 OK\r\ncontent-length: ${forged.length}\r\n\r\n${forged}`;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}${second}`);
    });
    const client = victimOf(server.url);
    for (let count = 0; count < 3; count++) expect(await act("list targets")(client)).toEqual([]);
  });
});
