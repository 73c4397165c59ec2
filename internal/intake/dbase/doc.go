// Package dbase reads .dbf tables of dBase III+, dBase IV, FoxPro 2 and Visual
// FoxPro, the form in which BPS hands out Susenas, with the texts of their memo
// files (.dbt, .fpt) when those are given.
//
// Sources: E. Bachmann, "Xbase file format description" (2000), and Microsoft,
// "Visual FoxPro table file structure" (header, field descriptors, flags of
// null); the code pages of byte 29 from ESRI's "ArcPad reference", table of
// language drivers.
//
// Deleted rows are left out and counted. Blank cells are missing; a number that
// did not fit, which dBase writes as asterisks, is missing with the mark "*".
// Columns of pictures, objects and binaries, and of variable width (types G, P,
// Q, V, W and binary memos) are left out with a caution. dBase II, dBase 7 and
// encrypted tables are refused.
package dbase
