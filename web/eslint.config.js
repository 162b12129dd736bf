import vue from "eslint-plugin-vue";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist/**", "node_modules/**", "src/api/schema.ts"] },
  ...ts.configs.recommended,
  ...vue.configs["flat/recommended"],
  {
    files: ["src/**/*.{ts,vue}"],
    languageOptions: { parserOptions: { parser: ts.parser, sourceType: "module" } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Name what you export." },
      ],
      "no-restricted-properties": [
        "error",
        { object: "crypto", property: "randomUUID", message: "A page without TLS does not have it: newKey() of src/api/new-key.ts." },
        { object: "crypto", property: "subtle", message: "A page without TLS does not have it." },
      ],
      eqeqeq: ["error", "always"],
      "max-lines": ["error", { max: 400 }],
    },
  },
  {
    // Line breaking in templates is a matter of reading, not of rules.
    files: ["src/**/*.vue"],
    rules: {
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/multiline-html-element-content-newline": "off",
      "vue/html-self-closing": "off",
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/first-attribute-linebreak": "off",
      "vue/multi-word-component-names": "off",
      "vue/attributes-order": "off",
      "vue/require-default-prop": "off",
    },
  },
);
