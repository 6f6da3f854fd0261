/** What the packages in each language are called. The npm package of the dynamic provider is `pulumi-zitadel-actions`. */
export const names = {
  nodejs: "pulumi-zitadel-actions-sdk",
  python: "pulumi_zitadel_actions",
  go: "zitadelactions",
} as const;
