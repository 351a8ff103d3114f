// The other side of `cargo xtask bench expressions`: npm's jsonata, asked the same questions in the same way.
// A line `<expression> <evaluations>` is answered with the nanoseconds that they took together, `compile
// <expression> <times>` with those of compiling, `value <expression>` with the value as JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [modules, file] = process.argv.slice(2);
const jsonata = createRequire(`${modules}/`)("jsonata");
const { input, expressions } = JSON.parse(readFileSync(file, "utf8"));
const compiled = expressions.map(({ text }) => jsonata(text));
const states = { input };

for await (const line of createInterface({ input: process.stdin })) {
  const [first, second, third] = line.split(" ");
  if (first === "value") {
    console.log(JSON.stringify(await compiled[Number(second)].evaluate({}, { states })));
  } else if (first === "compile") {
    const began = process.hrtime.bigint();
    for (let left = Number(third); left > 0; left--) jsonata(expressions[Number(second)].text);
    console.log(String(process.hrtime.bigint() - began));
  } else {
    const expression = compiled[Number(first)];
    const began = process.hrtime.bigint();
    for (let left = Number(second); left > 0; left--) await expression.evaluate({}, { states });
    console.log(String(process.hrtime.bigint() - began));
  }
}
