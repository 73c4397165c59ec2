// Package workbook reads sheets of Excel workbooks (.xlsx, ECMA-376) as a stream:
// a sheet is unpacked while it is read, and only the texts that its cells share
// are held in memory, nothing is written to disk. What the cells mean is decided
// by the room grid.
//
// The parts are read here and not by excelize, whose row reader gives no cell
// type, number format or formula, and unpacks large parts to temporary files,
// where identity numbers may not lie.
//
// Formulas are never evaluated: the value that the program stored beside one is
// used and counted, and a formula without one is missing. A number is a date by
// its number format. Encrypted workbooks, workbooks with macros, .xls, .xlsb and
// .ods are refused, and archives made to fill the memory.
package workbook
