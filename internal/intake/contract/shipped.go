package contract

import (
	"embed"
	"path"
	"strings"
)

// The layouts are our own, since no official export is public: what the two
// tables of an office hold, with the headers under which they come.
//
//go:embed data/rekap-penyaluran.json data/anggaran.json
var shipped embed.FS

// The contracts that come with the program.
const (
	Disbursements = "rekap-penyaluran"
	Budgets       = "anggaran"
)

// Shipped lists the names of the contracts that come with the program.
var Shipped = []string{Disbursements, Budgets}

// Named gives a contract that comes with the program; false for another name.
func Named(name string) (*Contract, bool) {
	src, err := shipped.ReadFile(path.Join("data", strings.ToLower(name)+".json"))
	if err != nil {
		return nil, false
	}
	c, err := Parse(src, name+".json")
	if err != nil {
		panic("contract: " + err.Error()) // the file is embedded
	}
	return c, true
}
