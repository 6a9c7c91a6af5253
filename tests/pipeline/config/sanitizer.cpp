// libfyaml 0.7.12 does not free the text of some tokens after a syntax error; what it leaks there is not ours.

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfyaml\n";
}
