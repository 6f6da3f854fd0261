import type { ZitadelOptions } from "../../../local/zitadel";
import { standIns } from "../../support/replay";

const startZitadel = standIns();

/** What becomes of a target with that endpoint: `taken`, or the id of the refusal. */
async function fates(endpoints: string[], options: ZitadelOptions = {}): Promise<Record<string, string>> {
  const zitadel = await startZitadel(options);
  const fate = (endpoint: string) => {
    try {
      zitadel.remove(zitadel.add({ name: "a", endpoint, timeout: "10s", restAsync: {} }).id);
      return "taken";
    } catch (error) {
      return (error as { id: string }).id;
    }
  };
  return Object.fromEntries(endpoints.map((endpoint) => [endpoint, fate(endpoint)]));
}

const each = (endpoints: string[], fate: string) => Object.fromEntries(endpoints.map((endpoint) => [endpoint, fate]));
const DENIED = "COMMAND-NcJUKo";
const UNPARSABLE = "COMMAND-1r2k6qo6wg";

const loopback = [
  "http://localhost",
  "http://LocalHost:9000/x",
  "http://127.0.0.1:1",
  "http://127.1.2.3",
  "http://[::1]:80/",
];
const others = [
  "http://0.0.0.0",
  "http://10.255.0.1",
  "http://100.64.0.1",
  "http://169.254.169.254/latest",
  "http://172.31.0.1",
  "http://192.168.1.1",
  "http://198.19.0.1",
  "http://[fd00::1]",
  "http://[fe80::1]",
  "http://[::ffff:10.0.0.1]",
  "http://user:password@10.0.0.1/",
  "http://no.such.host.invalid",
  "http://127.1",
  "http://a..b",
  "http://bücher.example",
  "http://example.com<x>",
  "http://example.com:80:80",
];
const open = [
  "http://8.8.8.8",
  "http://172.32.0.1",
  "http://198.20.0.1",
  "http://[2001:db8::1]:8443/x",
  "https://example.com",
  "https://10.example.com",
  "https://anything.test:99999/a b?c=%zz#d",
  "https://user:p%40ss@hooks.example.com",
];

test("the shipped deny list refuses loopback, private and link-local hosts, and names that do not resolve", async () => {
  expect(await fates(loopback)).toEqual(each(loopback, DENIED));
  expect(await fates(others)).toEqual(each(others, DENIED));
  expect(await fates(open)).toEqual(each(open, "taken"));
});

test("allowLoopback lets this machine through, and nothing else", async () => {
  const options = { allowLoopback: true };
  expect(await fates(loopback, options)).toEqual(each(loopback, "taken"));
  expect(await fates(others, options)).toEqual(each(others, DENIED));
});

test("another deny list replaces the shipped one", async () => {
  const options = { denyList: ["Hooks.example.com", "8.8.8.8"] };
  expect(await fates(["http://10.0.0.1", "http://localhost", "http://8.8.8.9"], options)).toEqual(
    each(["http://10.0.0.1", "http://localhost", "http://8.8.8.9"], "taken"),
  );
  const refused = ["https://user:p%40ss@hooks.example.com", "http://8.8.8.8:80"];
  expect(await fates(refused, options)).toEqual(each(refused, DENIED));
});

test("with `resolves`, an endpoint whose host does not resolve is rejected, in a create and in an update", async () => {
  const asked: string[] = [];
  const hosts = ["example.com", "xn--bcher-kva.example"];
  const options = { resolves: (host: string) => (asked.push(host), hosts.includes(host)), allowLoopback: true };
  const known = ["https://Example.com./x", "https://xn--bcher-kva.example", "http://localhost:1", "http://8.8.8.8"];
  expect(await fates(known, options)).toEqual(each(known, "taken"));
  const unknown = ["https://hooks.example.com/zitadel", "https://sub.example.com"];
  expect(await fates(unknown, options)).toEqual(each(unknown, DENIED));
  // Neither localhost nor an address is asked for, and a name is as DNS compares it.
  expect(asked).toEqual([...hosts, "hooks.example.com", "sub.example.com"]);

  const zitadel = await startZitadel(options);
  const { id } = zitadel.add({ name: "a", endpoint: "https://example.com", timeout: "10s", restAsync: {} });
  const change = () => zitadel.change(id, { endpoint: "https://hooks.example.com" });
  expect(change).toThrow("Errors.Target.DeniedURL (COMMAND-jKbbu2)");
  expect(zitadel.targets()).toMatchObject([{ endpoint: "https://example.com" }]);
});

test("an endpoint that no URL parser accepts has its own error", async () => {
  const broken = [
    "http://%zz/",
    "://x",
    ":x",
    "https://example.com/%zz",
    "https://example.com/#%zz",
    "https://exa mple.com/",
    "https://example.com:port/",
    "https://[::1/",
    "https://[x]/",
    "https://us er@example.com",
    "https://example.com/\u0007",
    "1a:b",
  ];
  expect(await fates(broken)).toEqual(each(broken, UNPARSABLE));
});
