package registry

import (
	"bytes"
	_ "embed" // the table of kinds of offices
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dampak/dampak/internal/problem"
)

// Office is what an organisation does for its government (the kind of its OPD), by
// a code of Offices.
type Office string

// The offices that rules of the program itself speak of; the table has more.
const (
	SocialOffice   Office = "social"   // dinas sosial
	ResearchOffice Office = "research" // balai penelitian, badan riset
)

// Kesbangpol recommends research, DPMPTSP where the region gives that to the one
// door for permits (Permendagri 3/2018); both are OPD of each region.
//
//go:embed data/offices.csv
var officeTable []byte

type officeRow struct {
	code   Office
	levels []string
}

var officeRows = sync.OnceValue(func() []officeRow {
	reader := csv.NewReader(bytes.NewReader(officeTable))
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("offices.csv: %v", err)) // the file is embedded
	}
	var all []officeRow
	for _, r := range rows[1:] {
		all = append(all, officeRow{Office(r[0]), strings.Fields(r[1])})
	}
	return all
})

// Offices lists the kinds of offices that a level of government has; an empty
// level: all, in the order of the table.
func Offices(level OrganisationKind) []Office {
	var all []Office
	for _, r := range officeRows() {
		if level == "" || slices.Contains(r.levels, string(level)) {
			all = append(all, r.code)
		}
	}
	return all
}

// OfficeOf is the office that an organisation of a level is where nobody says
// otherwise: a centre of the ministry does research, an office of a region is its
// social office. It also settles what was registered before offices were named.
func OfficeOf(level OrganisationKind) Office {
	if level == MinistryCentre {
		return ResearchOffice
	}
	return SocialOffice
}

func (o Office) check(level OrganisationKind) error {
	if slices.Contains(Offices(level), o) {
		return nil
	}
	return problem.New("organisation-office", "found", string(o), "expected", Offices(level), "field", "office")
}
