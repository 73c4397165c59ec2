// Package spss reads system files of SPSS and PSPP: .sav, stored plain or
// compressed by bytecode, and .zsav, compressed by zlib, in either byte order.
//
// Source: Free Software Foundation, "GNU PSPP developers guide", chapter "System
// file format" (records 2 to 7 and 999, subtypes 3, 4, 13, 14, 16, 20, 21, 22).
//
// Values that the file declares missing are missing cells whose mark is the
// value. Dates count seconds from 14 October 1582: those of DATE, ADATE, EDATE,
// SDATE and JDATE are days; MOYR, QYR and WKYR the first day of their span, where
// weeks begin on 1 January as in SPSS; DATETIME and YMDHMS moments; times of day
// and durations stay seconds. Every number of SPSS may have decimals, so that
// none is Whole. Documents, attributes and sets of variables are skipped.
package spss
