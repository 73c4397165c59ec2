package cooperation

import (
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// Names are the words of what an agreement names by id, as the register has them
// on the day; whoever knows the register hands them in. What stands in none is
// not registered.
type Names struct {
	Organisations map[string]string
	Positions     map[string]Signatory
	Programmes    map[string]string
	Datasets      map[string]Dataset
}

// Signatory is a position of an organisation with whoever is in charge of it.
type Signatory struct {
	Organisation string // id
	Title        string
	Name         string // of the person; empty: the position is vacant
	Capacity     event.Capacity
	Mandate      *registry.Mandate // nil: the definitive holder
}

// Dataset is a dataset with the names of its columns.
type Dataset struct {
	Name    string
	Columns []string
}

// called gives the word of an id, or the id where there is none.
func called(words map[string]string, id string) string {
	if w := words[id]; w != "" {
		return w
	}
	return id
}
