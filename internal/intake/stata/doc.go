// Package stata reads .dta files of the releases 117 (Stata 13), 118 (Stata 14
// and later) and 119 (more than 32,767 variables), in either byte order.
//
// Sources: StataCorp, "Stata file formats: description of .dta file format" 117,
// 118 and 119 (help dta), and "Datetime display formats" for the periods.
//
// The extended missing values .a to .z are kept as marks. Value labels stand
// after the rows in the file, and long texts (strL) too, so that the whole file
// must be at rest. Dates count from 1960: %td gives days, %tw, %tm, %tq and %th
// the first day of their span, %tc and %tC moments; %ty is a number, and %tb,
// whose calendar is not in the file, stays one. Characteristics are skipped.
package stata
