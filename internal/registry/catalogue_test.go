package registry_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dampak/dampak/internal/testenv"
)

func readCatalogue(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "i18n", "catalog", file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
