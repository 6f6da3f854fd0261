import manifest from "../../package.json";
import { install, lifeOn, openPlace, type Place, type Project } from "../support/installed";

// The oldest Pulumi SDK of the range is the first whose provider process configures dynamic providers. This tests that it works, whatever
// version this repository has installed. package-npm.test.ts tests the newest one.

jest.setTimeout(600_000);
const oldest = manifest.peerDependencies["@pulumi/pulumi"].replace("^", "");
let place: Place;
let project: Project;

beforeAll(async () => {
  place = await openPlace();
  project = await install(place, "npm", { "@pulumi/pulumi": oldest, typescript: "^5" });
});
afterAll(() => place.remove());

test("the oldest SDK is what has been installed", async () => {
  expect(await project.version("@pulumi/pulumi")).toBe("3.139.0");
});

test("with it the package serves programs in CommonJS, as ES modules and in TypeScript", async () => {
  expect(await project.live([".", "esm", "typescript"])).toEqual(lifeOn("24"));
});
