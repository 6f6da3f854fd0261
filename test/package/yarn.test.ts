import { install, lifeOn, openPlace, type Place, type Project } from "../support/installed";

// The packed package, installed by Yarn in a new folder, with and without `node_modules`.

jest.setTimeout(600_000);
let place: Place;

beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.remove());

describe.each(["yarn", "yarn-pnp"] as const)("%s", (linker) => {
  let project: Project;
  beforeAll(async () => {
    project = await install(place, linker, { "@pulumi/pulumi": "^3" });
  });

  test("it serves programs in CommonJS and as ES modules", async () => {
    expect(await project.live([".", "esm"])).toEqual(lifeOn("24"));
  });

  test("its command runs", async () => {
    expect(await project.exec(["pulumi-zitadel-actions", "--help"])).toMatch(/^Usage: /);
  });
});
