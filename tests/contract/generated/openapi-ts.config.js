// @hey-api/openapi-ts, for a project whose imports name their files' endings.
export default {
  output: { path: "client", importFileExtension: ".js" },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
};
