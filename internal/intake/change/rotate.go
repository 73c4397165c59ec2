package change

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/dampak/dampak/internal/intake/identity"
)

// rotated is a column of pseudonyms that is brought to the newest key while it is
// read, so that versions from before and after a new key can be matched.
type rotated struct {
	mu      sync.Mutex // DuckDB calls from several threads
	rotator *identity.Rotator
}

// Config satisfies duckdb.ScalarFunc.
func (r *rotated) Config() duckdb.ScalarFuncConfig {
	text, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		panic("change: " + err.Error()) // a type of the driver's own
	}
	return duckdb.ScalarFuncConfig{InputTypeInfos: []duckdb.TypeInfo{text}, ResultTypeInfo: text}
}

// Executor satisfies duckdb.ScalarFunc.
func (r *rotated) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		was, _ := values[0].(string)
		next, ok := r.rotator.Next(was)
		if !ok { // no pseudonym: it stays what it is and matches nothing
			return was, nil
		}
		return next, nil
	}}
}

// rotate registers a function for each column whose key differs between the sides
// and gives, for each side, what its columns are replaced by. Columns under keys that
// the ring does not have stay apart.
func (p *pair) rotate(conn *sql.Conn, ring *identity.Ring) (replaced [2][]string, err error) {
	if ring == nil {
		return replaced, nil
	}
	var keys [2]map[string]identity.Key
	for i := range p.sides {
		keys[i] = maps.Clone(p.sides[i].Keys)
	}
	for _, column := range slices.Sorted(maps.Keys(p.sides[0].Keys)) {
		first, ok0 := p.sides[0].Contract.Field(column)
		second, ok1 := p.sides[1].Contract.Field(column)
		if _, both := p.sides[1].Keys[column]; !both || !ok0 || !ok1 || !p.apart(column) || first.Identity != second.Identity {
			continue
		}
		var both [2]*identity.Rotator
		known := true
		for i := range both {
			both[i], err = ring.Rotate(first.Identity, p.sides[i].Keys[column])
			known = known && err == nil
		}
		if !known { // by another ring: they cannot be matched
			continue
		}
		for i, r := range both {
			function := fmt.Sprintf("newest_%d_%d", i, len(replaced[i]))
			if err := duckdb.RegisterScalarUDF(conn, function, &rotated{rotator: r}); err != nil {
				return replaced, err
			}
			replaced[i] = append(replaced[i], function+"("+name(column)+") AS "+name(column))
			keys[i][column] = ring.Newest()
		}
	}
	for i := range p.sides {
		p.sides[i].Keys = keys[i]
	}
	return replaced, nil
}

// star is all columns, some of them replaced.
func star(replaced []string) string {
	if len(replaced) == 0 {
		return "*"
	}
	return "* REPLACE (" + strings.Join(replaced, ", ") + ")"
}
