// Phase 5, relocate: addresses go to where modules look for them.

import { writeCells, writeMarks } from "./cells.mjs";
import { callIfExported } from "./units.mjs";

export function relocateAll(program) {
  for (const { got } of program.units) {
    for (const { global, address } of got) global.value = address(program);
  }
  for (const module of program.plan.order) {
    callIfExported(program, module, "__wasm_apply_data_relocs");
    writeCells(program, module);
    writeMarks(program, module);
  }
}
