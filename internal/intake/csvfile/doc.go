// Package csvfile reads separated texts (CSV, TSV) as offices and programs write
// them. Encoding, separator and quotes are decided from the whole file and said;
// what the cells mean is decided by the room grid.
//
// Encodings: UTF-8 with or without byte order mark, UTF-16 of both orders with
// or without mark, Windows 1252. Separators: semicolon, comma, tab, vertical
// bar, and any that a first line "sep=x" names, as Excel writes. Quotes after
// RFC 4180; a quote within a field that does not begin with one is a character.
// A field or row too long, a quote that is never closed and zero bytes are
// refused with their row. Memory does not grow with the rows.
package csvfile
