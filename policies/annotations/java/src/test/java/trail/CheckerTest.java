package trail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckerTest {
    private static final String USAGE =
            "; write @Validates(workItem = \"PROJ-1234\", criterion = \"AC-3\")";

    @TempDir Path folder;

    /** Compiles as a user's compiler would and returns the errors as {@code LINE: MESSAGE}. */
    private List<String> errors(String source) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> told = new DiagnosticCollector<>();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Sample.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignored) {
                        return source;
                    }
                };
        List<String> options = new ArrayList<>(List.of("-d", folder.toString()));
        options.addAll(List.of("-classpath", System.getProperty("java.class.path")));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(told, Locale.ROOT, null)) {
            boolean good = compiler.getTask(null, files, told, options, null, List.of(file)).call();
            List<String> errors =
                    told.getDiagnostics().stream()
                            .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                            .map(each -> each.getLineNumber() + ": " + each.getMessage(Locale.ROOT))
                            .collect(Collectors.toList());
            assertEquals(good, errors.isEmpty());
            return errors;
        }
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    @Test
    void everyPackageTakesAndRefusesTheSameWords() throws IOException {
        StringBuilder source = new StringBuilder("class Sample {\n");
        List<String> expected = new ArrayList<>();
        int line = 1;
        for (Cases each : Cases.read()) {
            line++;
            String criteria =
                    Stream.of(each.criteria).map(CheckerTest::quoted).collect(Collectors.joining(", "));
            source.append("@trail.Validates(workItem = ")
                    .append(quoted(each.workItem))
                    .append(", criterion = {")
                    .append(criteria)
                    .append(each.revision == null ? "}" : "}, revision = " + each.revision)
                    .append(") void m")
                    .append(line)
                    .append("() {}\n");
            if (!each.good) {
                expected.add(line + ": " + each.expected);
            }
        }
        assertTrue(line > 30 && expected.size() > 20 && expected.size() < line - 5);
        List<String> found = errors(source.append("}").toString());
        assertEquals(expected.size(), found.size(), found::toString);
        for (int n = 0; n < found.size(); n++) {
            assertTrue(found.get(n).startsWith(expected.get(n)), found.get(n));
            assertTrue(found.get(n).endsWith(USAGE), found.get(n));
        }
    }

    @Test
    void aMalformedAnnotationDoesNotCompileWhereverItStands() throws IOException {
        String source =
                String.join(
                        "\n",
                        "import trail.*;",
                        "@Implements(workItem = \"X-1\", criterion = \"3\")",
                        "class Sample {",
                        "  @Documents(workItem = \"X\", criterion = \"AC-3\") int field;",
                        "  @Validates(workItem = \"X-1\", criterion = \"AC-3\")",
                        "  @Validates(workItem = \"X-1\", criterion = \"AC-x\")",
                        "  void method() {}",
                        "}");
        assertEquals(
                List.of(
                        "2: `3` cannot be a criterion" + USAGE.replace("Validates", "Implements"),
                        "4: `X` cannot be a work item" + USAGE.replace("Validates", "Documents"),
                        // Of a repeated annotation the compiler keeps no place: it is what it stands on.
                        "7: `AC-x` cannot be a criterion" + USAGE),
                errors(source).stream().sorted().collect(Collectors.toList()));
    }

    @Test
    void whatTheCompilerTellsItselfIsToldOnce() throws IOException {
        String source =
                String.join(
                        "\n",
                        "class Sample {",
                        "  @trail.Validates(criterion = \"AC-3\") void missing() {}",
                        "  @trail.Validates(workItem = 3, criterion = {\"AC-3\", 4}) void types() {}",
                        "  @trail.Validates(workItem = \"X-1\", criteria = \"AC-3\") void unknown() {}",
                        "}");
        List<String> found = errors(source);
        assertTrue(found.stream().noneMatch(each -> each.contains("; write @")), found::toString);
        assertTrue(found.size() >= 3, found::toString);
    }

    @Test
    void wellFormedAnnotationsCompile() throws IOException {
        String source =
                String.join(
                        "\n",
                        "import trail.*;",
                        "@Implements(workItem = \"X-1\", criterion = Sample.CRITERION)",
                        "@Documents(workItem = \"owner/repo#7\", criterion = {\"AC-1\", \"AC-2@3\"})",
                        "class Sample {",
                        "  static final String CRITERION = \"AC-3\";",
                        "  @Implements(workItem = \"X-1\", criterion = \"AC-3\", revision = 2)",
                        "  @Implements(workItem = \"X-2\", criterion = \"AC-3\")",
                        "  Sample() {}",
                        "}");
        assertEquals(List.of(), errors(source));
    }
}
