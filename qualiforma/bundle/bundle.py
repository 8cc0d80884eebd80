"""What the kernel itself puts into a bundle: the registers that the apps have."""

from qualiforma.bundle.contents import Contents
from qualiforma.bundle.sections import Section, add_section, registers_in_order


def _write_registers(contents: Contents) -> None:
    for register in registers_in_order():
        rows = register.rows(contents)
        contents.table(register.path, str(register.name.label), register.columns, rows)


add_section(Section("registers", "Registres", 20, _write_registers))
