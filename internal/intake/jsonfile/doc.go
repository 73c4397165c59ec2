// Package jsonfile reads tables out of JSON: a list of objects, objects one after
// another (NDJSON, JSON Lines), or one object that holds one list of objects
// somewhere inside, as answers of web services do ({"count": 2, "results": [...]}).
// An object is a row. Objects within it become columns with dotted names
// (alamat.desa); a list within it is no cell: a column of lists is left out and
// named. Of a name that stands twice in an object the last counts.
//
//	bytes -> what holds the rows -> names of all columns -> grid.Open -> rows
//
// Numbers keep the digits that the file gives, so that a code 35.10 and an identity
// number of 16 digits come through; what they are is for grid to decide. One object
// is in memory at a time.
package jsonfile
