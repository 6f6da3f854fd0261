import fc from "fast-check";
import { endpointHosts, endpointHttps } from "../../policies/index";
import { unknown } from "../../provider/core/properties";
import { against } from "../support/policies";

// Hosts are compared independent of their spelling. A URL that two programs could read differently is rejected.

const isAllowed = async (endpoint: string, hosts: readonly string[]): Promise<boolean> =>
  (await against(endpointHosts, { props: { endpoint } }, { hosts })).length === 0;

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/).filter((text) => !text.startsWith("xn--"));
const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => `${labels.join(".")}.example`);
/** The same name in another spelling. */
const spelling = (host: string) =>
  fc
    .record({ upper: fc.array(fc.boolean()), dot: fc.boolean(), port: fc.option(fc.integer({ min: 1, max: 65535 })) })
    .map(({ upper, dot, port }) => {
      const letters = Array.from(host, (letter, index) => (upper[index] === true ? letter.toUpperCase() : letter));
      return `${letters.join("")}${dot ? "." : ""}${port === null ? "" : `:${port}`}`;
    });
const rest = fc.constantFrom("", "/", "/a/b?c=d#e", "?x=//evil.example/", "#@evil.example", "/@evil.example");

test("a host is allowed in every spelling, on every port and with every path", async () => {
  const cases = name.chain((host) => fc.tuple(fc.constant(host), spelling(host), rest));
  await fc.assert(
    fc.asyncProperty(cases, async ([host, spelt, behind]) => {
      expect(await isAllowed(`https://${spelt}${behind}`, [host])).toBe(true);
      expect(await isAllowed(`HTTPS://${spelt}${behind}`, ["other.example", host.toUpperCase()])).toBe(true);
    }),
  );
});

test("a star allows what lies below a name at any depth, and neither the name itself nor what only ends so", async () => {
  await fc.assert(
    fc.asyncProperty(name, label, fc.boolean(), async (parent, below, deep) => {
      const hosts = [`*.${parent}`];
      expect(await isAllowed(`https://${deep ? "a." : ""}${below}.${parent}/`, hosts)).toBe(true);
      expect(await isAllowed(`https://${parent}/`, hosts)).toBe(false);
      expect(await isAllowed(`https://${below}${parent}/`, hosts)).toBe(false);
      expect(await isAllowed(`https://${below}.${parent}.evil.example/`, hosts)).toBe(false);
    }),
  );
});

test("no other name is allowed", async () => {
  await fc.assert(
    fc.asyncProperty(name, name, rest, async (host, other, behind) => {
      fc.pre(host !== other);
      expect(await isAllowed(`https://${other}${behind}`, [host])).toBe(false);
    }),
  );
});

test.each([
  ["an international name and its ASCII form", "https://bücher.example/", ["xn--bcher-kva.example"]],
  ["the other way round", "https://XN--BCHER-KVA.example/", ["Bücher.example"]],
  ["below an international name", "https://a.bücher.example/", ["*.xn--bcher-kva.example"]],
  ["an address", "https://192.0.2.7:8443/", ["192.0.2.7"]],
  ["an address of version 6", "https://[2001:DB8:0:0::1]:8443/", ["[2001:db8::1]"]],
  ["an entry with a dot at its end", "https://hooks.example/", ["hooks.example."]],
])("%s are the same host", async (_what, endpoint, hosts) => {
  expect(await isAllowed(endpoint, hosts)).toBe(true);
});

test.each([
  ["the allowed host as a user name", "https://good.example@evil.example/"],
  ["as a user name with a password", "https://good.example:x@evil.example/"],
  ["behind a user name", "https://user@good.example/"],
  ["before a backslash", "https://evil.example\\@good.example/"],
  ["before another one", "https://good.example\\.evil.example/"],
  ["with an escape", "https://goo%64.example/"],
  ["with a tab", "https://good\t.example/"],
  ["with a line break", "https://good.exam\nple/"],
  ["with an empty label", "https://good..example/"],
  ["with two dots at its end", "https://good.example../"],
  ["with one slash", "https:/good.example/"],
  ["with another scheme", "ftp://good.example/"],
  ["with a port that is none", "https://good.example:port/"],
  ["no host at all", "https:///good.example"],
])("where it stands %s, it is not allowed", async (_what, endpoint) => {
  expect(await isAllowed(endpoint, ["good.example"])).toBe(false);
});

test("what is said names the host, and never a user name, a path or a query", async () => {
  const endpoint = "https://evil.example:8443/services/T0/opaque-path-token?code=opaque-query-token";
  const [message = "", ...others] = await against(
    endpointHosts,
    { name: "audit", props: { endpoint } },
    { hosts: ["a.b"] },
  );
  expect(message).toBe(
    'The target "audit" has its endpoint on evil.example, which is not an allowed host (a.b): move it to one of these, or add the host to hosts.',
  );
  expect(others).toEqual([]);
  const unclear = await against(
    endpointHosts,
    { props: { endpoint: "https://name:word@evil.example/" } },
    { hosts: ["a.b"] },
  );
  expect(unclear).toEqual([
    'The target "hook" has an endpoint whose host is ambiguous: write it plainly, without a user name, escapes and backslashes.',
  ]);
});

describe("without https", () => {
  const problem = expect.stringMatching(/^The target "hook" has an endpoint that does not use https/) as string;

  test.each(["http://hooks.example/", "HTTP://hooks.example/", "ftp://hooks.example/", "hooks.example"])(
    "%s is refused",
    async (endpoint) => {
      expect(await against(endpointHttps, { props: { endpoint } })).toEqual([problem]);
    },
  );

  test.each(["https://hooks.example/", "HTTPS://hooks.example/", unknown])("%s is not", async (endpoint) => {
    expect(await against(endpointHttps, { props: { endpoint } })).toEqual([]);
  });

  test("a host may be excepted, and no other", async () => {
    const config = { httpHosts: ["*.svc.cluster.local"] };
    const to = (host: string) => against(endpointHttps, { props: { endpoint: `http://${host}/` } }, config);
    expect(await to("hooks.default.svc.cluster.local:8080")).toEqual([]);
    expect(await to("hooks.default.svc.cluster.local@evil.example")).toEqual([problem]);
    expect(await to("svc.cluster.local")).toEqual([problem]);
  });
});

test.each([
  "https://hooks.example",
  "hooks.example:443",
  "hooks.example/path",
  "*",
  "*.",
  "hooks.*.example",
  "*hooks.example",
  ".hooks.example",
  "user@hooks.example",
  "",
  "2001:db8::1",
])("%j is no entry of a list, and that is said of every target", async (entry) => {
  const hosts = ["hooks.example", entry];
  const props = { endpoint: "https://hooks.example/" };
  const problem = expect.stringContaining(`has ${JSON.stringify(entry)}, which is not a host`) as string;
  expect(await against(endpointHosts, { props }, { hosts })).toEqual([problem]);
  expect(await against(endpointHttps, { props }, { httpHosts: hosts })).toEqual([problem]);
});

test("an empty list says nothing, nor does an endpoint that is not known yet", async () => {
  expect(await against(endpointHosts, { props: { endpoint: "https://anywhere.example/" } })).toEqual([]);
  expect(await against(endpointHosts, { props: { endpoint: unknown } }, { hosts: ["hooks.example"] })).toEqual([]);
});
