// Package grid makes a table of what spreadsheets and separated texts hold: rows
// of cells in no declared order. It finds the header among titles and notes,
// decides from a whole pass over the rows what each column is, and then yields
// the rows as a source.Reader. The forms of file stand beside it (csvfile,
// workbook) and give it a Scanner.
//
//	sample -> layout (titles, header of up to five rows, columns)
//	pass 1 -> evidence per column, notes below, totals, rows that break the table
//	       -> decisions, each said as a caution
//	pass 2 -> rows; a cell that cannot be what its column is, is bad with its row
//
// Rows are numbered as a spreadsheet shows them: the first line of the file is 1.
// Nothing is decided in silence: every decision that a reader could have taken
// otherwise is a problem of Cautions with the column, an example and its row,
// what was found and what was made of it.
//
// Rules. A number is Indonesian (4.419,10) or English (4,419.10) by the cells
// that can be only one of them; where there is none, a mark that always stands
// before three digits separates thousands. A day that can be read both ways is
// day/month/year. A column is of a kind when four fifths of its filled cells
// are; the others are bad cells. Codes, identity numbers and digits with leading
// zeros are texts.
package grid
