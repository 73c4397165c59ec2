// Package testenv is for tests alone: it finds what a test needs from outside
// the repository (reference data, PostgreSQL, Chromium), skips where it is
// absent, and fails instead where DAMPAK_REQUIRE lists it. It registers the
// flag -long for calibrations and big benchmarks.
package testenv

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Long is the flag -long: run what takes minutes.
var Long = flag.Bool("long", false, "run long calibrations and big benchmarks")

// Need skips the test, saying why, unless the named thing is there: "golden"
// (reference data beside the checkout), "east-java" (official figures beside
// it), "chromium", "postgres", "trino". Where DAMPAK_REQUIRE, a comma-separated
// list, has the name, it fails instead.
func Need(t testing.TB, name string) {
	t.Helper()
	missing := absent(name)
	if missing == "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("DAMPAK_REQUIRE"), ","), name) {
		t.Fatalf("%s is required by DAMPAK_REQUIRE: %s", name, missing)
	}
	t.Skipf("needs %s: %s", name, missing)
}

// NeedLong skips the test unless -long is given.
func NeedLong(t testing.TB) {
	t.Helper()
	if !*Long {
		t.Skip("takes minutes: run with -long")
	}
}

// absent says what is missing, or nothing.
func absent(name string) string {
	switch name {
	case "golden", "east-java":
		dir := data(name)
		if _, err := os.Stat(dir); err != nil {
			return "no folder " + filepath.Join("shared", "data", name) + " beside the checkout"
		}
	case "chromium":
		if Chromium() == "" {
			return "no chromium on the PATH"
		}
	case "postgres":
		return noPostgres()
	case "trino":
		if os.Getenv("DAMPAK_TRINO") == "" {
			return "DAMPAK_TRINO is not set to a server's URL"
		}
	default:
		return "unknown to testenv"
	}
	return ""
}

// Golden gives the path of a file of the reference data; call Need first.
func Golden(file string) string { return filepath.Join(data("golden"), file) }

// EastJava gives the path of a file of the official figures; call Need first.
func EastJava(file string) string { return filepath.Join(data("east-java"), file) }

// Root is the folder of the module.
func Root() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		panic("testenv: no caller information")
	}
	return filepath.Join(filepath.Dir(file), "..", "..")
}

func data(name string) string { return filepath.Join(Root(), "..", "shared", "data", name) }

// Chromium is the path of a Chromium on this machine, or "".
func Chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
