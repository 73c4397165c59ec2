package cooperation

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Text is a document as blocks of plain text, from the top down. A door decides
// how each kind of block looks.
type Text []Block

// Block is a line or a paragraph of a Text.
type Block struct {
	Kind  BlockKind `json:"kind"`
	Label string    `json:"label"` // before the text: "a.", "(1)", "Pasal 3", "PIHAK KESATU"; may be empty
	Text  string    `json:"text"`
}

// BlockKind is what a block is for.
type BlockKind string

// The kinds of blocks.
const (
	TitleBlock     BlockKind = "title"     // a line of the heading
	NumberBlock    BlockKind = "number"    // a line for a register's number, Label says whose
	ParagraphBlock BlockKind = "paragraph" // running text, with or without label
	HeadingBlock   BlockKind = "heading"   // Label "Pasal 1", Text its title
	SignatureBlock BlockKind = "signature" // Label whose, Text: lines of office, position, and name at the foot
)

// Plain is the text as lines of UTF-8, a blank line between blocks: what the
// SHA-256 of a frozen text is taken of.
func (t Text) Plain() string {
	var b strings.Builder
	for i, block := range t {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.TrimSpace(block.Label + " " + block.Text))
		b.WriteString("\n")
	}
	return b.String()
}

// SHA256 is that of Plain, 64 lowercase hex digits.
func (t Text) SHA256() string {
	sum := sha256.Sum256([]byte(t.Plain()))
	return hex.EncodeToString(sum[:])
}
