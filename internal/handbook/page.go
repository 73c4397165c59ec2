package handbook

// Page is a page in one language. In its texts, words between backticks are
// code.
type Page struct {
	Name     string // in the address and of the file, kebab-case
	Title    string
	Question string // what the page answers, in one sentence
	Lead     []string
	Sections []Section
}

// Section is a part of a page under a heading.
type Section struct {
	ID     string // of the heading, kebab-case
	Title  string
	Blocks []Block
}

// Block is one of a heading below that of the section, a paragraph, a list,
// lines of code or a table.
type Block struct {
	Head  string
	Text  string
	List  []Item
	Code  string
	Table *Table
	Note  bool // a paragraph or list that explains how to read the rest
}

// Item is an item of a list: what it is, and lines that belong to it.
type Item struct {
	Text  string
	Lines []Line
	Drawn bool // it speaks of what is drawn, and is left out where nothing is
}

// Line is a line of an item, with the words that lead into it ("" = none).
type Line struct{ Lead, Text string }

// Table is a table; every row has a cell for each column.
type Table struct {
	Head []Column
	Rows [][]Cell
}

// Column is the head of a column.
type Column struct {
	Title  string
	Number bool // its cells are numbers, or drawn from one
}

// Cell is a cell of a table.
type Cell struct {
	Text string // lines are parted by newlines
	Link string // name of a page; "" = none
	Mark *Mark  // drawn beside the text where drawings can be shown
}

// Mark is a share drawn on a short scale beside the range that is allowed, all
// in percent.
type Mark struct {
	Value, From, To float64 // the scale runs from From to To
	Low, High       float64 // allowed
	Kind            string  // a designs.Validity
}

func text(s string) Block { return Block{Text: s} }

// cells makes a row of plain cells.
func cells(all ...string) []Cell {
	row := make([]Cell, len(all))
	for i, s := range all {
		row[i] = Cell{Text: s}
	}
	return row
}

// columns makes the heads of columns of words.
func columns(titles ...string) []Column {
	all := make([]Column, len(titles))
	for i, s := range titles {
		all[i] = Column{Title: s}
	}
	return all
}
