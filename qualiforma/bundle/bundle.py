"""What the kernel itself puts into a bundle: the registers that the apps have."""

from qualiforma.bundle.contents import Contents
from qualiforma.bundle.index import REGISTERS
from qualiforma.bundle.sections import Section, add_section, registers_in_order


def _write_registers(contents: Contents) -> None:
    for register in registers_in_order():
        rows = register.rows(contents)
        label = str(register.name.label)
        count = contents.table(register.path, label, register.columns, rows)
        contents.index.add(
            REGISTERS, label, f"{register.path}.xlsx", f"{count} ; aussi en {register.path}.csv"
        )


add_section(Section("registers", "Registres", 20, _write_registers))
