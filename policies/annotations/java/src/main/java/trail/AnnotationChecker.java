package trail;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.SimpleAnnotationValueVisitor9;
import javax.tools.Diagnostic;

/**
 * Makes the compiler refuse malformed annotations, with an error at their place that says what to
 * write. The compiler finds it by itself, from Java 23 on if it is told {@code -proc:full}.
 */
public final class AnnotationChecker extends AbstractProcessor {
    private static final List<String> NAMES = List.of("Validates", "Implements", "Documents");

    /** Made by the compiler. */
    public AnnotationChecker() {}

    @Override
    public Set<String> getSupportedAnnotationTypes() {
        return Set.of("trail.*");
    }

    @Override
    public SourceVersion getSupportedSourceVersion() {
        return SourceVersion.latestSupported();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        for (TypeElement annotation : annotations) {
            for (Element element : round.getElementsAnnotatedWith(annotation)) {
                for (AnnotationMirror mirror : element.getAnnotationMirrors()) {
                    if (mirror.getAnnotationType().asElement().equals(annotation)) {
                        check(element, mirror);
                    }
                }
            }
        }
        return false;
    }

    private void check(Element element, AnnotationMirror mirror) {
        Element type = mirror.getAnnotationType().asElement();
        String name = type.getSimpleName().toString();
        if (name.equals("All")) {
            values(mirror, "value").forEach(each -> check(element, (AnnotationMirror) each));
            return;
        }
        if (!NAMES.contains(name)) {
            return;
        }
        try {
            String[] criteria = values(mirror, "criterion").toArray(String[]::new);
            List<?> revision = values(mirror, "revision");
            // The compiler tells of what is missing or of another type.
            List<?> workItem = values(mirror, "workItem");
            if (workItem.size() == 1) {
                int number = revision.isEmpty() ? 0 : (Integer) revision.get(0);
                Link.read(name, (String) workItem.get(0), criteria, number);
                if (!revision.isEmpty() && number == 0) {
                    // Only here it can be told from none: 0 is what is not written.
                    throw Link.refused(name, "`0` cannot be a revision");
                }
            }
        } catch (IllegalArgumentException malformed) {
            String message = malformed.getMessage();
            processingEnv.getMessager().printMessage(Diagnostic.Kind.ERROR, message, element, mirror);
        } catch (ClassCastException | ArrayStoreException erroneous) {
            // A value of another type, of which the compiler tells.
        }
    }

    /** Returns an argument as a list; empty if it is not given. */
    private static List<?> values(AnnotationMirror mirror, String argument) {
        for (Map.Entry<? extends ExecutableElement, ? extends AnnotationValue> each :
                mirror.getElementValues().entrySet()) {
            if (each.getKey().getSimpleName().contentEquals(argument)) {
                return each.getValue().accept(new AsList(), null);
            }
        }
        return List.of();
    }

    private static final class AsList extends SimpleAnnotationValueVisitor9<List<?>, Void> {
        @Override
        protected List<?> defaultAction(Object value, Void unused) {
            return List.of(value);
        }

        @Override
        public List<?> visitAnnotation(AnnotationMirror mirror, Void unused) {
            return List.of(mirror);
        }

        @Override
        public List<?> visitArray(List<? extends AnnotationValue> values, Void unused) {
            return values.stream().map(AnnotationValue::getValue).collect(Collectors.toList());
        }
    }
}
