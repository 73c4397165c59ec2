package cooperation

import (
	"bytes"
	_ "embed" // the table of kinds
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind is a kind of agreement. Its words are kind.CODE of the catalogue.
type Kind struct {
	Code     string
	Root     bool     // may stand under no other agreement
	Children []string // codes of the kinds that may stand under it
	Amends   []string // codes of the kinds that it changes; empty: it changes none
	Articles []string // titles that such an agreement usually has, in the Indonesian of its text
}

// The ladder of Indonesian offices: a nota kesepakatan is an umbrella, a
// perjanjian kerja sama (PKS) stands under one or by itself, a rencana kerja
// carries it out; an addendum changes any of them.
//
//go:embed data/kinds.csv
var kindTable []byte

var kinds = sync.OnceValue(func() []Kind {
	rows, err := csv.NewReader(bytes.NewReader(kindTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("kinds.csv: %v", err)) // the file is embedded
	}
	list := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == ';' })
	}
	all := make([]Kind, 0, len(rows)-1)
	for _, r := range rows[1:] {
		all = append(all, Kind{r[0], r[1] == "yes", list(r[2]), list(r[3]), list(r[4])})
	}
	return all
})

// Kinds gives the kinds of agreements, the widest first.
func Kinds() []Kind { return slices.Clone(kinds()) }

// FindKind gives a kind by its code.
func FindKind(code string) (Kind, bool) {
	i := slices.IndexFunc(kinds(), func(k Kind) bool { return k.Code == code })
	if i < 0 {
		return Kind{}, false
	}
	return kinds()[i], true
}

// Purposes are the codes of what data may be used for, sorted. Their words are
// purpose.CODE of the catalogue.
var Purposes = []string{"evaluation", "methods", "monitoring", "planning", "targeting", "utilisation"}
