<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en" language="de">
 <context>
  <name>GeONNX</name>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Add model</source>
   <translation>Modell hinzufügen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Adds a model to the models folder, so that it can be named by its id, and remembers its checksum.</source>
   <translation>Nimmt ein Modell in den Modellordner auf, sodass es mit seiner Kennung genannt werden kann, und merkt sich seine Prüfsumme.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Copies a model with its description and weights into the models folder. It can be named by its id in every algorithm afterwards.</source>
   <translation>Kopiert ein Modell mit Beschreibung und Gewichten in den Modellordner. Danach kann es in jedem Algorithmus mit seiner Kennung genannt werden.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>The SHA-256 of the model is remembered. When the file changes later, algorithms refuse it until you agree: run this algorithm with the model's id and 'Accept a changed model'. The same switch replaces a model that was added before under the same id.</source>
   <translation>Die SHA-256-Prüfsumme des Modells wird gemerkt. Ändert sich die Datei später, lehnen die Algorithmen sie ab, bis Sie zustimmen: Führen Sie dazu diesen Algorithmus mit der Kennung des Modells und „Geändertes Modell annehmen“ aus. Derselbe Schalter ersetzt ein Modell, das früher unter derselben Kennung hinzugefügt wurde.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Id, to be given as MODEL</source>
   <translation>Kennung, die als MODEL angegeben wird</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Model file</source>
   <translation>Modelldatei</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>SHA-256 of the model</source>
   <translation>SHA-256 des Modells</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Id (empty: the name of the file)</source>
   <translation>Kennung (leer: der Name der Datei)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>Accept a changed model</source>
   <translation>Geändertes Modell annehmen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_add_model.py"></location>
   <source>MODEL={} names it from now on.</source>
   <translation>MODEL={} nennt es von jetzt an.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Assess accuracy</source>
   <translation>Genauigkeit bewerten</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Compares a class map with reference data: accuracies, confusion matrix, areas with confidence intervals.</source>
   <translation>Vergleicht eine Klassenkarte mit Referenzdaten: Genauigkeiten, Konfusionsmatrix, Flächen mit Konfidenzintervallen.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Compares a class raster with a reference and writes a report: confusion matrix, overall accuracy, kappa, user's and producer's accuracy, F1 and IoU of each class, their macro and weighted means.</source>
   <translation>Vergleicht ein Klassenraster mit einer Referenz und schreibt einen Bericht: Konfusionsmatrix, Gesamtgenauigkeit, Kappa, Nutzer- und Produzentengenauigkeit, F1 und IoU jeder Klasse, ihre Makro- und gewichteten Mittel.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>The reference is a class raster (brought to the map's grid by nearest neighbour), polygons (all pixels whose centre is inside) or points (the pixel that holds the point), in any coordinate reference system. Polygons and points need the field that holds the class, as text or whole number. Pixels without data on either side are left out and counted.</source>
   <translation>Die Referenz ist ein Klassenraster (wird mit nächstem Nachbarn auf das Gitter der Karte gebracht), Polygone (alle Pixel, deren Mittelpunkt innen liegt) oder Punkte (das Pixel, in dem der Punkt liegt), in einem beliebigen Koordinatenbezugssystem. Polygone und Punkte brauchen das Feld mit der Klasse, als Text oder ganze Zahl. Pixel, denen auf einer Seite Daten fehlen, werden ausgelassen und gezählt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Classes are matched by name where both sides have names (capital letters, spaces, hyphens and underscores do not matter), else by number. Say what is meant where that is not right: forest=Trees;1=3;cloud= makes the reference's forest the map's Trees and its class 1 the map's 3, and leaves its cloud out. Reference classes that the map does not have are left out (leave_out), counted as errors (count_as_errors), or stop the run (refuse); they are listed in the report. Classes that only the map has count as errors.</source>
   <translation>Klassen werden über den Namen zugeordnet, wenn beide Seiten Namen haben (Großschreibung, Leerzeichen, Binde- und Unterstriche spielen keine Rolle), sonst über die Nummer. Sagen Sie, was gemeint ist, wo das nicht stimmt: forest=Trees;1=3;cloud= macht forest der Referenz zu Trees der Karte und ihre Klasse 1 zur 3 der Karte, und lässt ihre Klasse cloud aus. Klassen der Referenz, die die Karte nicht hat, werden ausgelassen (leave_out), als Fehler gezählt (count_as_errors) oder brechen den Lauf ab (refuse); der Bericht führt sie auf. Klassen, die nur die Karte hat, zählen als Fehler.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Area estimates follow Olofsson et al. (2014): from a random sample, each class of the map weighted by its mapped area, they give area-adjusted accuracies and areas in hectares with 95 % confidence intervals. 'auto' makes them for points only: all pixels of polygons or of a reference raster are no random sample. The mapped areas are those of the whole raster, or of the extent.</source>
   <translation>Die Flächenschätzung folgt Olofsson et al. (2014): Aus einer Zufallsstichprobe, in der jede Klasse der Karte mit ihrer kartierten Fläche gewichtet ist, ergeben sich flächenbereinigte Genauigkeiten und Flächen in Hektar mit 95-%-Konfidenzintervallen. „auto“ schätzt sie nur bei Punkten: Alle Pixel von Polygonen oder eines Referenzrasters sind keine Zufallsstichprobe. Die kartierten Flächen sind die des ganzen Rasters oder der Ausdehnung.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>The figures are in the JSON result of qgis_process, too.</source>
   <translation>Die Kennzahlen stehen auch im JSON-Ergebnis von qgis_process.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Samples that were compared</source>
   <translation>Stichproben, die verglichen wurden</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Overall accuracy</source>
   <translation>Gesamtgenauigkeit</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Cohen's kappa</source>
   <translation>Cohens Kappa</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>F1, mean over the classes</source>
   <translation>F1, Mittel über die Klassen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Intersection over union, mean over the classes</source>
   <translation>Intersection over Union, Mittel über die Klassen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Means over the classes</source>
   <translation>Mittel über die Klassen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Means over the classes, weighted by their reference samples</source>
   <translation>Mittel über die Klassen, gewichtet mit ihren Referenzstichproben</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Figures of each class</source>
   <translation>Kennzahlen jeder Klasse</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Confusion matrix: rows are classes of the map, columns those of the reference</source>
   <translation>Konfusionsmatrix: Zeilen sind Klassen der Karte, Spalten die der Referenz</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Area-adjusted accuracies and areas with confidence intervals</source>
   <translation>Flächenbereinigte Genauigkeiten und Flächen mit Konfidenzintervallen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Samples that could not be used, by reason</source>
   <translation>Stichproben, die nicht verwendet werden konnten, nach Grund</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Reference classes that the map does not have</source>
   <translation>Klassen der Referenz, die die Karte nicht hat</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>What to know of the figures</source>
   <translation>Was man über die Kennzahlen wissen sollte</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Class raster</source>
   <translation>Klassenraster</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Reference: class raster, polygons or points</source>
   <translation>Referenz: Klassenraster, Polygone oder Punkte</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Field that holds the class (polygons and points)</source>
   <translation>Feld mit der Klasse (Polygone und Punkte)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Classes that are named differently, as reference=map (forest=Trees;1=3;cloud=)</source>
   <translation>Klassen, die anders heißen, als Referenz=Karte (forest=Trees;1=3;cloud=)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Estimate areas from the sample (auto: for points)</source>
   <translation>Flächen aus der Stichprobe schätzen (auto: bei Punkten)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Band of the classes (number)</source>
   <translation>Band der Klassen (Nummer)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Band of the classes in a reference raster (number)</source>
   <translation>Band der Klassen in einem Referenzraster (Nummer)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>Extent (empty: whole raster)</source>
   <translation>Ausdehnung (leer: ganzes Raster)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_assess_accuracy.py"></location>
   <source>REFERENCE is '{}', which can't be loaded; expected a class raster, polygons or points.</source>
   <translation>REFERENCE ist „{}“ und kann nicht geladen werden; erwartet wird ein Klassenraster, Polygone oder Punkte.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Classify scenes</source>
   <translation>Szenen klassifizieren</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Gives chips of a raster, or polygons of a layer, a class each with a model in ONNX format.</source>
   <translation>Gibt Ausschnitten eines Rasters oder Polygonen eines Layers mit einem Modell im ONNX-Format je eine Klasse.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Runs a model that tells the class of a whole image over small pieces of a raster, its chips, and writes polygons with class, confidence and probabilities.</source>
   <translation>Wendet ein Modell, das die Klasse eines ganzen Bildes nennt, auf kleine Stücke eines Rasters an, seine Ausschnitte (Chips), und schreibt Polygone mit Klasse, Konfidenz und Wahrscheinlichkeiten.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Without zones, cells of a regular grid get a class. A cell is as large as the stride, by default as large as a chip, and is classified by the chip around it. At the right and bottom edge, where cells are cut, chips are moved inside the raster so that they are whole ones; a raster smaller than a chip is filled up by mirroring it. The class raster has a pixel for each cell.</source>
   <translation>Ohne Zonen bekommen die Zellen eines regelmäßigen Gitters eine Klasse. Eine Zelle ist so groß wie die Schrittweite, normalerweise so groß wie ein Ausschnitt, und wird durch den Ausschnitt um sie herum klassifiziert. Am rechten und unteren Rand, wo Zellen abgeschnitten sind, rücken Ausschnitte ins Raster hinein, sodass sie ganz sind; ein Raster, das kleiner als ein Ausschnitt ist, wird durch Spiegeln aufgefüllt. Das Klassenraster hat ein Pixel je Zelle.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>With zones, each polygon gets a class and keeps its shape and attributes: by the chip around its centroid, or (average) by all chips of the grid that meet it, their probabilities weighted by the area that they share with it. Zones outside of the raster stay in the result, without class.</source>
   <translation>Mit Zonen bekommt jedes Polygon eine Klasse und behält Form und Attribute: durch den Ausschnitt um seinen Schwerpunkt oder (average) durch alle Ausschnitte des Gitters, die es berühren, deren Wahrscheinlichkeiten mit der gemeinsamen Fläche gewichtet werden. Zonen außerhalb des Rasters bleiben ohne Klasse im Ergebnis.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Chips of which less than the given share of pixels holds data are left out, and so are those whose cell lies outside of the mask. Sizes are pixels of the model: where its description has a pixel size that is not the raster's, the raster is resampled.</source>
   <translation>Ausschnitte, von denen ein kleinerer Anteil der Pixel Daten hat als angegeben, werden ausgelassen, ebenso die, deren Zelle außerhalb der Maske liegt. Größen sind Pixel des Modells: Wo seine Beschreibung eine andere Pixelgröße nennt als die des Rasters, wird das Raster neu abgetastet.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Fields: class_id, class, confidence (probability of the class), top2_class, top2_confidence and so on, entropy (0: certain, 1: no idea), p_ and the name of each class. Models with labels that do not exclude each other add labels and label_count, those that reach their threshold; the class is the likeliest of them. Further outputs of the model add fields that begin with their name. In several runs of each chip (options tta and monte_carlo), disagreement is the standard deviation of the probability of the class.</source>
   <translation>Felder: class_id, class, confidence (Wahrscheinlichkeit der Klasse), top2_class, top2_confidence und so weiter, entropy (0: sicher, 1: keine Ahnung), p_ und der Name jeder Klasse. Modelle mit Labels, die einander nicht ausschließen, fügen labels und label_count hinzu, nämlich die, die ihre Schwelle erreichen; die Klasse ist das wahrscheinlichste davon. Weitere Ausgaben des Modells fügen Felder hinzu, die mit ihrem Namen beginnen. Bei mehreren Läufen je Ausschnitt (Optionen tta und monte_carlo) ist disagreement die Standardabweichung der Wahrscheinlichkeit der Klasse.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>What the model expects is read from its description, as 'Segment raster' says. Tile size stands for the chip size where that is 0; overlap and merge have no meaning for chips, and the option resume has no effect.</source>
   <translation>Was das Modell erwartet, wird aus seiner Beschreibung gelesen, wie „Raster segmentieren“ erklärt. Die Kachelgröße gilt als Größe der Ausschnitte, wo diese 0 ist; Überlappung und Zusammenfügen haben für Ausschnitte keine Bedeutung, und die Option resume bleibt ohne Wirkung.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Zones: polygons to classify (empty: the cells of a regular grid)</source>
   <translation>Zonen: Polygone, die klassifiziert werden (leer: die Zellen eines regelmäßigen Gitters)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>A zone is classified by the chip around its centre, or by the average of all that meet it</source>
   <translation>Eine Zone wird durch den Ausschnitt um ihren Mittelpunkt oder durch das Mittel aller, die sie berühren, klassifiziert</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Chip size (px; 0: the model's own)</source>
   <translation>Größe der Ausschnitte (px; 0: die des Modells)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Stride from chip to chip (px; 0: the chip size)</source>
   <translation>Schrittweite von Ausschnitt zu Ausschnitt (px; 0: die Größe der Ausschnitte)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Likeliest classes to tell (classes)</source>
   <translation>Wahrscheinlichste Klassen, die genannt werden (Anzahl)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Smallest probability of a label (0 to 1; empty: the model's own; for multi-label models)</source>
   <translation>Kleinste Wahrscheinlichkeit eines Labels (0 bis 1; leer: die des Modells; für Modelle mit mehreren Labels)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Smallest share of a chip that has to hold data (0 to 1)</source>
   <translation>Kleinster Anteil eines Ausschnitts, der Daten haben muss (0 bis 1)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Probability of each class as fields (auto: up to 100 classes)</source>
   <translation>Wahrscheinlichkeit jeder Klasse als Felder (auto: bis zu 100 Klassen)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>More dates of the raster, for time-series models (in any order)</source>
   <translation>Weitere Zeitpunkte des Rasters, für Zeitreihenmodelle (in beliebiger Reihenfolge)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Radar rasters, for models that take them</source>
   <translation>Radarraster, für Modelle, die sie brauchen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Raster</source>
   <translation>Raster</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Classified polygons</source>
   <translation>Klassifizierte Polygone</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Classes, a pixel for each cell of the grid</source>
   <translation>Klassen, ein Pixel je Zelle des Gitters</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Chips without enough data</source>
   <translation>Ausschnitte ohne genügend Daten</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Zones that got no class</source>
   <translation>Zonen, die keine Klasse bekamen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_classify.py"></location>
   <source>Polygons of each class</source>
   <translation>Polygone jeder Klasse</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Compare images</source>
   <translation>Bilder vergleichen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Compares an image with the true one: PSNR, SSIM, SAM, RMSE and MAE, also of the cloudy part alone.</source>
   <translation>Vergleicht ein Bild mit dem wahren: PSNR, SSIM, SAM, RMSE und MAE, auch für den bewölkten Teil allein.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Compares an image, such as one with its clouds removed, with the true image and writes a report: PSNR, SSIM, SAM, RMSE and MAE, over all bands and band by band.</source>
   <translation>Vergleicht ein Bild, etwa eines, aus dem die Wolken entfernt wurden, mit dem wahren Bild und schreibt einen Bericht: PSNR, SSIM, SAM, RMSE und MAE, über alle Bänder und Band für Band.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>With MASK also for the cloudy and the clear part. In a class raster with names, such as segment makes with a cloud model, the classes named cloud, shadow, cirrus or haze are cloudy; an SCL or QA_PIXEL file is read as what it is; in any other raster every value of band 1 but 0 is cloudy: 0 for clear and 1 for cloud, say, or 0 and 255. The log says which it was.</source>
   <translation>Mit MASK auch für den bewölkten und den klaren Teil. In einem Klassenraster mit Namen, wie segment es mit einem Wolkenmodell schreibt, sind die Klassen namens cloud, shadow, cirrus oder haze bewölkt; eine SCL- oder QA_PIXEL-Datei wird als das gelesen, was sie ist; in jedem anderen Raster ist jeder Wert von Band 1 außer 0 bewölkt: etwa 0 für klar und 1 für Wolke, oder 0 und 255. Das Protokoll sagt, was galt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Figures are of reflectance from 0 to 1: stored numbers are multiplied by SCALE and OFFSET is added; without them the files' own scale and offset count, and floats are taken as they are. Integers of unknown scale are refused. The reference gets the same unless it has values of its own.</source>
   <translation>Die Kennzahlen beziehen sich auf Reflektanz von 0 bis 1: Gespeicherte Zahlen werden mit SCALE multipliziert, dann wird OFFSET addiert; ohne diese gelten Skalierung und Versatz der Dateien selbst, und Gleitkommazahlen werden genommen, wie sie sind. Ganze Zahlen unbekannter Skalierung werden abgelehnt. Die Referenz wird ebenso behandelt, sofern sie keine eigenen Werte bekommt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>RMSE and MAE are over all bands and pixels together; PSNR = 20 log10(1 / RMSE). SSIM has a Gaussian window of 11 x 11 px (sigma 1.5) and is the mean over all pixels whose whole window lies in the image and holds data, then over the bands, as scikit-image computes it. SAM is the mean angle between the two spectra of a pixel in degrees. A pixel without data in any band of either image is left out. In the JSON result, figures that do not exist (PSNR of equal images, SAM of a single band) are null.</source>
   <translation>RMSE und MAE gehen über alle Bänder und Pixel zusammen; PSNR = 20 log10(1 / RMSE). SSIM hat ein Gauß-Fenster von 11 x 11 px (Sigma 1,5) und ist das Mittel über alle Pixel, deren ganzes Fenster im Bild liegt und Daten hat, dann über die Bänder, wie scikit-image es berechnet. SAM ist der mittlere Winkel zwischen den beiden Spektren eines Pixels in Grad. Ein Pixel, dem in einem Band eines der Bilder Daten fehlen, wird ausgelassen. Kennzahlen, die es nicht gibt (PSNR gleicher Bilder, SAM eines einzelnen Bandes), sind im JSON-Ergebnis null.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Bands are matched by name where both images have names, else by order; BANDS chooses some. A reference on another grid is resampled bilinearly, with a warning; a mask by nearest neighbour.</source>
   <translation>Bänder werden über den Namen zugeordnet, wenn beide Bilder Namen haben, sonst über die Reihenfolge; BANDS wählt einige aus. Eine Referenz auf anderem Gitter wird mit einer Warnung bilinear neu abgetastet, eine Maske mit nächstem Nachbarn.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Peak signal-to-noise ratio (dB)</source>
   <translation>Spitzen-Signal-Rausch-Verhältnis (dB)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Structural similarity</source>
   <translation>Strukturelle Ähnlichkeit</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Spectral angle (degrees)</source>
   <translation>Spektraler Winkel (Grad)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Root of the mean square error</source>
   <translation>Wurzel des mittleren quadratischen Fehlers</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Mean absolute error</source>
   <translation>Mittlerer absoluter Fehler</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Pixels that were compared</source>
   <translation>Pixel, die verglichen wurden</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>All figures of the whole image, its cloudy and its clear part, with those of each band</source>
   <translation>Alle Kennzahlen des ganzen Bildes, seines bewölkten und seines klaren Teils, mit denen jedes Bandes</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Bands that were compared</source>
   <translation>Bänder, die verglichen wurden</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Cloud mask (0: clear, all else: cloudy; or named classes, SCL, QA_PIXEL)</source>
   <translation>Wolkenmaske (0: klar, alles andere: bewölkt; oder benannte Klassen, SCL, QA_PIXEL)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Image</source>
   <translation>Bild</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>True image</source>
   <translation>Wahres Bild</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Bands to compare: numbers or names, separated by commas (empty: all)</source>
   <translation>Zu vergleichende Bänder: Nummern oder Namen, durch Kommas getrennt (leer: alle)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Scale of stored values (number; empty: as the file says)</source>
   <translation>Skalierung der gespeicherten Werte (Zahl; leer: wie in der Datei angegeben)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Offset added to scaled values (number; empty: as the file says)</source>
   <translation>Versatz, der zu skalierten Werten addiert wird (Zahl; leer: wie in der Datei angegeben)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Scale of the true image, if another (number)</source>
   <translation>Skalierung des wahren Bildes, falls anders (Zahl)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Offset of the true image, if another (number)</source>
   <translation>Versatz des wahren Bildes, falls anders (Zahl)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_compare_images.py"></location>
   <source>Extent (empty: whole image)</source>
   <translation>Ausdehnung (leer: ganzes Bild)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Describe model</source>
   <translation>Modell beschreiben</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Makes or corrects the description beside a model: task, bands, scaling, classes, pixel size, licence.</source>
   <translation>Erstellt oder berichtigt die Beschreibung neben einem Modell: Aufgabe, Bänder, Skalierung, Klassen, Pixelgröße, Lizenz.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Writes what a model expects and gives as a STAC item of the Machine Learning Model extension (MLM 1.5), by default beside the model, where every algorithm of this group finds it.</source>
   <translation>Schreibt, was ein Modell erwartet und liefert, als STAC-Item der Machine-Learning-Model-Erweiterung (MLM 1.5), normalerweise neben das Modell, wo jeder Algorithmus dieser Gruppe sie findet.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>It starts from all that is known already: an older description, an Esri model definition, the metadata inside of the ONNX file, the shapes of its tensors. Parameters that are left empty keep that; the others replace it.</source>
   <translation>Ausgangspunkt ist alles, was schon bekannt ist: eine ältere Beschreibung, eine Esri-Modelldefinition, die Metadaten in der ONNX-Datei, die Formen ihrer Tensoren. Parameter, die leer bleiben, behalten das bei; die anderen ersetzen es.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Scaling has the form of value_scaling in STAC MLM: a list with one step for all bands, or with one a band. Its types are min-max (minimum, maximum), z-score (mean, stddev), clip (minimum, maximum), clip-min (minimum), clip-max (maximum), offset (value is subtracted) and scale (values are divided by value); the JSON word null feeds values as they are stored.</source>
   <translation>Die Skalierung hat die Form von value_scaling in STAC MLM: eine Liste mit einem Schritt für alle Bänder oder mit einem je Band. Ihre Arten sind min-max (minimum, maximum), z-score (mean, stddev), clip (minimum, maximum), clip-min (minimum), clip-max (maximum), offset (value wird abgezogen) und scale (Werte werden durch value geteilt); das JSON-Wort null gibt Werte so weiter, wie sie gespeichert sind.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Activation is what is still to be applied to the model's output to get probabilities. The description is read back before it takes its name. A file with the JSON schema of MLM, if given, checks it too; that needs the Python package jsonschema.</source>
   <translation>Aktivierung ist das, was auf die Ausgabe des Modells noch anzuwenden ist, um Wahrscheinlichkeiten zu erhalten. Die Beschreibung wird zurückgelesen, bevor sie ihren Namen bekommt. Eine Datei mit dem JSON-Schema von MLM, falls angegeben, prüft sie ebenfalls; dafür ist das Python-Paket jsonschema nötig.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Name of the model</source>
   <translation>Name des Modells</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Bands in the model's order: names separated by commas, such as B04,B03,B02</source>
   <translation>Bänder in der Reihenfolge des Modells: Namen, durch Kommas getrennt, etwa B04,B03,B02</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Common names of the bands, such as red,green,nir08, one for each band, separated by commas</source>
   <translation>Übliche Namen der Bänder, etwa red,green,nir08, einer je Band, durch Kommas getrennt</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Scaling of values as JSON, such as [{"type": "min-max", "minimum": 0, "maximum": 10000}]</source>
   <translation>Skalierung der Werte als JSON, etwa [{"type": "min-max", "minimum": 0, "maximum": 10000}]</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Classes, such as 0=water #0000ff, 1=land; or as JSON</source>
   <translation>Klassen, etwa 0=Wasser #0000ff, 1=Land; oder als JSON</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Axes of the inputs, in the model's order, such as BCHW or BTCHW (B batch, T time, C bands, N pixels)</source>
   <translation>Achsen der Eingaben, in der Reihenfolge des Modells, etwa BCHW oder BTCHW (B Stapel, T Zeit, C Bänder, N Pixel)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Roles of the inputs, in the model's order: image, before, after, series, sar, dates, latlon, gsd, …</source>
   <translation>Rollen der Eingaben, in der Reihenfolge des Modells: image, before, after, series, sar, dates, latlon, gsd, …</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Licence, such as CC-BY-4.0</source>
   <translation>Lizenz, etwa CC-BY-4.0</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Citation</source>
   <translation>Zitat</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Training data: name or address</source>
   <translation>Trainingsdaten: Name oder Adresse</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Description</source>
   <translation>Beschreibung</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Pixel size that the model was trained on (m)</source>
   <translation>Pixelgröße, mit der das Modell trainiert wurde (m)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Tile size that the model was trained on (px)</source>
   <translation>Kachelgröße, mit der das Modell trainiert wurde (px)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Overlap on each side of a tile (px)</source>
   <translation>Überlappung auf jeder Seite einer Kachel (px)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Smallest probability that counts as the class, for models with one score (0 to 1)</source>
   <translation>Kleinste Wahrscheinlichkeit, die als die Klasse zählt, für Modelle mit einem Wert (0 bis 1)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Temperature by which scores are divided before the activation (number; 1: as they are)</source>
   <translation>Temperatur, durch die die Werte vor der Aktivierung geteilt werden (Zahl; 1: wie sie sind)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>No common names of STAC, such as red or nir08, are: {}. Only bands called so match them.</source>
   <translation>Keine gebräuchlichen Namen nach STAC (wie red oder nir08) sind: {}. Nur Kanäle, die genauso heißen, passen dazu.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Task</source>
   <translation>Aufgabe</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Activation still to be applied to the output</source>
   <translation>Aktivierung, die auf die Ausgabe noch anzuwenden ist</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>JSON schema of STAC MLM to check against</source>
   <translation>JSON-Schema von STAC MLM, gegen das geprüft wird</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Replace a description that is there</source>
   <translation>Vorhandene Beschreibung ersetzen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Description (empty: beside the model)</source>
   <translation>Beschreibung (leer: neben dem Modell)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>STAC items (*.json)</source>
   <translation>STAC-Items (*.json)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>What the description was checked with</source>
   <translation>Womit die Beschreibung geprüft wurde</translation>
  </message>
  <message>
   <location filename="../../processing/alg_describe_model.py"></location>
   <source>Description: {}</source>
   <translation>Beschreibung: {}</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Detect change</source>
   <translation>Veränderungen erkennen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Maps what changed between two rasters with a change model, or with a segmentation model run on both.</source>
   <translation>Kartiert mit einem Modell zur Veränderungserkennung, oder mit einem Segmentierungsmodell auf beiden, was sich zwischen zwei Rastern geändert hat.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Compares two rasters of one place and writes a map of change with the grid of BEFORE. AFTER may have another CRS, pixel size, extent or type: it is brought to that grid as it is read. There are results where both dates have data.</source>
   <translation>Vergleicht zwei Raster eines Ortes und schreibt eine Veränderungskarte auf dem Gitter von BEFORE. AFTER darf ein anderes KBS, eine andere Pixelgröße, Ausdehnung oder Art haben: Es wird beim Lesen auf dieses Gitter gebracht. Ergebnisse gibt es, wo beide Zeitpunkte Daten haben.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>The model is one for change: binary (change or not), from–to (classes before and after, perhaps change as well), or one whose classes are kinds of change. It takes both dates on the channel axis, as two inputs or on a time axis. A segmentation model works too: it is run on each date and its classes are compared. BANDS holds for both dates.</source>
   <translation>Das Modell ist eines für Veränderungen: binär (Veränderung oder keine), von–nach (Klassen vorher und nachher, vielleicht auch Veränderung), oder eines, dessen Klassen Arten der Veränderung sind. Es nimmt beide Zeitpunkte auf der Kanalachse, als zwei Eingaben oder auf einer Zeitachse. Auch ein Segmentierungsmodell ist möglich: Es wird auf jeden Zeitpunkt angewandt, und seine Klassen werden verglichen. BANDS gilt für beide Zeitpunkte.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>In a from–to map 0 is "no change" and every change has a number of its own: place of the class before × number of classes + place of the class after + 1, places counted from 0. Its name is "forest → town". Binary maps have 0 and 1, or the values of the model's description.</source>
   <translation>In einer Von–nach-Karte ist 0 „keine Veränderung“, und jede Veränderung hat ihre eigene Nummer: Platz der Klasse vorher × Anzahl der Klassen + Platz der Klasse nachher + 1, Plätze ab 0 gezählt. Ihr Name ist „forest → town“. Binäre Karten haben 0 und 1 oder die Werte aus der Beschreibung des Modells.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>THRESHOLD is the smallest probability of change. Left empty, models with one score use that of their description (else 0.5), and classes are compared as they are. The first band of the probabilities is that of change; from–to maps add the probability of the class chosen before and of that after. For classes of two dates that err independently it is the probability that they differ. They are stored as 0-250 with the scale 1/250 set in the band; 255 is no data. Polygons have the fields from, to, area_m2 and probability (the mean). The statistics are a matrix of areas in hectares with totals, as CSV or HTML by the file's extension.</source>
   <translation>THRESHOLD ist die kleinste Wahrscheinlichkeit einer Veränderung. Bleibt es leer, verwenden Modelle mit einem Wert den ihrer Beschreibung (sonst 0,5), und Klassen werden verglichen, wie sie sind. Das erste Band der Wahrscheinlichkeiten ist das der Veränderung; Von–nach-Karten fügen die Wahrscheinlichkeit der gewählten Klasse vorher und nachher hinzu. Bei Klassen zweier Zeitpunkte, die unabhängig irren, ist es die Wahrscheinlichkeit, dass sie sich unterscheiden. Gespeichert werden sie als 0-250 mit der Skalierung 1/250 im Band; 255 heißt keine Daten. Polygone haben die Felder from, to, area_m2 und probability (das Mittel). Die Statistik ist eine Matrix der Flächen in Hektar mit Summen, als CSV oder HTML je nach Endung der Datei.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>How well AFTER lies on BEFORE is measured on a few windows (phase correlation, to a tenth of a pixel) and said; more than half a pixel is a warning, since edges are then taken for change. COREGISTER moves AFTER by a shift that the whole scene shares. Values that are far apart on the two dates are a warning as well; MATCH_HISTOGRAMS gives AFTER the distribution of values of BEFORE, band by band. Do not use it where much of the area changed.</source>
   <translation>Wie gut AFTER auf BEFORE liegt, wird an einigen Fenstern gemessen (Phasenkorrelation, auf ein Zehntel Pixel) und genannt; mehr als ein halbes Pixel ist eine Warnung, weil dann Kanten für Veränderungen gehalten werden. COREGISTER verschiebt AFTER um den Versatz, den die ganze Szene gemeinsam hat. Auch Werte, die zu den beiden Zeitpunkten weit auseinanderliegen, sind eine Warnung; MATCH_HISTOGRAMS gibt AFTER Band für Band die Werteverteilung von BEFORE. Verwenden Sie das nicht, wo sich ein großer Teil des Gebiets geändert hat.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Changed area (ha)</source>
   <translation>Veränderte Fläche (ha)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Area with data on both dates (ha)</source>
   <translation>Fläche mit Daten zu beiden Zeitpunkten (ha)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Changed share of it (0 to 1)</source>
   <translation>Veränderter Anteil davon (0 bis 1)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Shift of AFTER to the right of BEFORE (px of BEFORE)</source>
   <translation>Versatz von AFTER rechts von BEFORE (px von BEFORE)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Shift of AFTER downwards (px of BEFORE)</source>
   <translation>Versatz von AFTER nach unten (px von BEFORE)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>How far the windows differ in that shift (px)</source>
   <translation>Wie weit sich die Fenster in diesem Versatz unterscheiden (px)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Shift that is left after COREGISTER (px)</source>
   <translation>Versatz, der nach COREGISTER bleibt (px)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Raster before</source>
   <translation>Raster vorher</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Raster after</source>
   <translation>Raster nachher</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Smallest probability of change (0 to 1; empty: as the model says)</source>
   <translation>Kleinste Wahrscheinlichkeit einer Veränderung (0 bis 1; leer: wie das Modell sagt)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Move AFTER onto BEFORE by the measured shift of the whole scene</source>
   <translation>AFTER um den gemessenen Versatz der ganzen Szene auf BEFORE schieben</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Match the values of AFTER to those of BEFORE, band by band</source>
   <translation>Werte von AFTER Band für Band an die von BEFORE anpassen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Change</source>
   <translation>Änderung</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Probability of change</source>
   <translation>Wahrscheinlichkeit der Veränderung</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Polygons of change</source>
   <translation>Polygone der Veränderung</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>Areas of change</source>
   <translation>Flächen der Veränderung</translation>
  </message>
  <message>
   <location filename="../../processing/alg_detect_change.py"></location>
   <source>CSV files (*.csv);;HTML files (*.html)</source>
   <translation>CSV-Dateien (*.csv);;HTML-Dateien (*.html)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Download model</source>
   <translation>Modell herunterladen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Downloads a model of a catalogue into the models folder and verifies it.</source>
   <translation>Lädt ein Modell eines Katalogs in den Modellordner herunter und prüft es.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Downloads a model with its description and weights. It lies in the models folder afterwards and can be named by its id in every algorithm.</source>
   <translation>Lädt ein Modell mit Beschreibung und Gewichten herunter. Danach liegt es im Modellordner und kann in jedem Algorithmus mit seiner Kennung genannt werden.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>The catalogue is a JSON file on this computer or on the web: a list of models with the addresses, SHA-256 and sizes of their files, or of STAC MLM items whose assets have them. Without one, the catalogue in the environment variable GEONNX_CATALOG is used. An address of a catalogue with one model may be given in place of the id.</source>
   <translation>Der Katalog ist eine JSON-Datei auf diesem Rechner oder im Netz: eine Liste von Modellen mit den Adressen, SHA-256-Prüfsummen und Größen ihrer Dateien, oder von STAC-MLM-Items, deren Assets sie haben. Ohne Angabe gilt der Katalog in der Umgebungsvariable GEONNX_CATALOG. Statt der Kennung kann die Adresse eines Katalogs mit nur einem Modell angegeben werden.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Every file is verified by its SHA-256 before the model can be used; a model without one is not downloaded. A download that broke off goes on where it stopped. The proxy and the timeout are those of QGIS's network settings.</source>
   <translation>Jede Datei wird mit ihrer SHA-256-Prüfsumme geprüft, bevor das Modell verwendet werden kann; ein Modell ohne Prüfsumme wird nicht heruntergeladen. Ein abgebrochener Download wird fortgesetzt, wo er endete. Proxy und Zeitlimit sind die der Netzwerkeinstellungen von QGIS.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Licence</source>
   <translation>Lizenz</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Id of the model, or address of a catalogue with one model</source>
   <translation>Kennung des Modells oder Adresse eines Katalogs mit einem Modell</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Catalogue index: address or path of a JSON file (empty: the default)</source>
   <translation>Katalogindex: Adresse oder Pfad einer JSON-Datei (leer: der voreingestellte)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_download_model.py"></location>
   <source>Licence: {}</source>
   <translation>Lizenz: {}</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Inspect model</source>
   <translation>Modell untersuchen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Shows what a model expects and gives: bands, scaling, classes, tensors, licence, and what is left open.</source>
   <translation>Zeigt, was ein Modell erwartet und liefert: Bänder, Skalierung, Klassen, Tensoren, Lizenz, und was offen bleibt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Reads an ONNX model and the description beside it and writes a report: task, input and output tensors, bands in the model's order, scaling of values, classes with their colours, licence, SHA-256, and what the description leaves open or contradicts. The model is not run.</source>
   <translation>Liest ein ONNX-Modell und die Beschreibung daneben und schreibt einen Bericht: Aufgabe, Eingabe- und Ausgabetensoren, Bänder in der Reihenfolge des Modells, Skalierung der Werte, Klassen mit ihren Farben, Lizenz, SHA-256, und was die Beschreibung offen lässt oder worin sie sich widerspricht. Das Modell wird nicht ausgeführt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Where the description says how good the model is, where it fails and what it learned from, as those of the bundled models do, the report shows it.</source>
   <translation>Wo die Beschreibung sagt, wie gut das Modell ist, wo es versagt und woraus es gelernt hat, wie die der mitgelieferten Modelle, zeigt es der Bericht.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>The same facts are in the log, and in the JSON result of qgis_process (--json).</source>
   <translation>Dieselben Angaben stehen im Protokoll und im JSON-Ergebnis von qgis_process (--json).</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Kind of description</source>
   <translation>Art der Beschreibung</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Inputs</source>
   <translation>Eingaben</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Outputs</source>
   <translation>Ausgaben</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>How good it is</source>
   <translation>Wie gut es ist</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Measured figures</source>
   <translation>Gemessene Werte</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Accuracy of each class</source>
   <translation>Genauigkeit jeder Klasse</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Reliability of its confidence</source>
   <translation>Verlässlichkeit seiner Konfidenz</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Where it fails</source>
   <translation>Wo es versagt</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>What it learned from</source>
   <translation>Woraus es gelernt hat</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Other forms of the model</source>
   <translation>Andere Formen des Modells</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>Report</source>
   <translation>Bericht</translation>
  </message>
  <message>
   <location filename="../../processing/alg_inspect_model.py"></location>
   <source>HTML files (*.html)</source>
   <translation>HTML-Dateien (*.html)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>List models</source>
   <translation>Modelle auflisten</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Lists the models that can be named by their id: bundled, downloaded, your own, and those of a catalogue.</source>
   <translation>Listet die Modelle auf, die mit ihrer Kennung genannt werden können: mitgelieferte, heruntergeladene, eigene und die eines Katalogs.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Lists every model that MODEL takes by its id: those that come with the plugin, those that were downloaded, and your own in the models folder, which is geonnx/models in the QGIS profile unless the environment variable GEONNX_MODELS names another.</source>
   <translation>Listet alle Modelle auf, die MODEL mit ihrer Kennung annimmt: die mit dem Plugin geliefert werden, die heruntergeladenen und Ihre eigenen im Modellordner. Das ist geonnx/models im QGIS-Profil, sofern die Umgebungsvariable GEONNX_MODELS keinen anderen nennt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>With the address or path of a catalogue index, a JSON file, what it offers for download is listed too; the network is not used otherwise. The log lists the models; more of each is in the JSON result of qgis_process (--json), and in an HTML table.</source>
   <translation>Mit der Adresse oder dem Pfad eines Katalogindexes, einer JSON-Datei, wird auch aufgelistet, was er zum Herunterladen anbietet; sonst wird das Netz nicht benutzt. Das Protokoll listet die Modelle auf; mehr zu jedem steht im JSON-Ergebnis von qgis_process (--json) und in einer HTML-Tabelle.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Catalogue index: address or path of a JSON file (empty: none)</source>
   <translation>Katalogindex: Adresse oder Pfad einer JSON-Datei (leer: keiner)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Table of models</source>
   <translation>Tabelle der Modelle</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Number of models</source>
   <translation>Anzahl der Modelle</translation>
  </message>
  <message>
   <location filename="../../processing/alg_list_models.py"></location>
   <source>Models folder</source>
   <translation>Modellordner</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Remove clouds</source>
   <translation>Wolken entfernen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Restores a date's image under clouds with a model in ONNX format, or from clear pixels of other dates.</source>
   <translation>Stellt das Bild eines Zeitpunkts unter Wolken wieder her, mit einem Modell im ONNX-Format oder aus klaren Pixeln anderer Zeitpunkte.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Writes the image of one date as it would be without clouds, with the grid, type, scale, offset, nodata value and band names of that date.</source>
   <translation>Schreibt das Bild eines Zeitpunkts, wie es ohne Wolken wäre, mit Gitter, Typ, Skalierung, Versatz, Nodata-Wert und Bandnamen dieses Zeitpunkts.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>The inputs are one date for models that take one, else several in any order: dates are read from metadata, names of files or of folders. Where nothing says them, the order of the list is that of time. The date to restore is counted in the order of the list, from 0; -1 is the date that the model restores, else the latest. A model that takes fewer dates than there are gets those nearest in time, clear ones first.</source>
   <translation>Die Eingaben sind ein Zeitpunkt für Modelle, die einen nehmen, sonst mehrere in beliebiger Reihenfolge: Das Datum wird aus Metadaten, Datei- oder Ordnernamen gelesen. Wo nichts davon es nennt, ist die Reihenfolge der Liste die der Zeit. Der wiederherzustellende Zeitpunkt wird in der Reihenfolge der Liste ab 0 gezählt; -1 ist der, den das Modell wiederherstellt, sonst der letzte. Ein Modell, das weniger Zeitpunkte nimmt als vorhanden, bekommt die zeitlich nächsten, klare zuerst.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Without a model, clouds are filled from the nearest clear date, by the median of all clear dates, or by linear regression: all bands of the date to restore are predicted from all bands of each other date, as both show clearly elsewhere, and the predictions are averaged. Regression follows season and light and was closest to the truth in tests; nearest shows what was really observed. This is what a model has to beat.</source>
   <translation>Ohne Modell werden Wolken aus dem nächsten klaren Zeitpunkt gefüllt, mit dem Median aller klaren Zeitpunkte oder durch lineare Regression: Alle Bänder des wiederherzustellenden Zeitpunkts werden aus allen Bändern jedes anderen vorhergesagt, so wie beide anderswo klar zu sehen sind, und die Vorhersagen gemittelt. Die Regression folgt Jahreszeit und Licht und kam der Wahrheit in Tests am nächsten; der nächste Zeitpunkt zeigt, was wirklich beobachtet wurde. Das muss ein Modell übertreffen.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Where clouds are is known from the cloud masks (one for each raster in the same order, or matched by the dates in their names; all but 0 is cloudy, or the classes named cloud, shadow and cirrus of a class raster), from a cloud model that is run on the dates first, or from the quality band of the product (Sentinel-2 SCL, Landsat QA_PIXEL). Then pixels observed without clouds stay exactly as they are, and the restored image fades in over the seam; gaps without data are filled too. Without a model, what is cloudy on every date stays as observed, becomes no data, or is filled smoothly from what is clear around it (lost pixels). Without knowing, all pixels are the model's. A model whose description asks for it gets the clouds of all dates as pixels without data; then it fills what is cloudy on every date.</source>
   <translation>Wo Wolken sind, sagen die Wolkenmasken (eine je Raster in derselben Reihenfolge, oder über das Datum im Namen zugeordnet; alles außer 0 ist bewölkt, oder die Klassen cloud, shadow und cirrus eines Klassenrasters), ein Wolkenmodell, das zuerst auf die Zeitpunkte angewandt wird, oder das Qualitätsband des Produkts (Sentinel-2 SCL, Landsat QA_PIXEL). Dann bleiben wolkenfrei beobachtete Pixel genau, wie sie sind, und das wiederhergestellte Bild wird über die Naht eingeblendet; auch Lücken ohne Daten werden gefüllt. Ohne Modell bleibt, was zu jedem Zeitpunkt bewölkt ist, wie beobachtet, wird zu „keine Daten“ oder wird weich aus dem Klaren ringsum gefüllt (verlorene Pixel). Ohne dieses Wissen sind alle Pixel die des Modells. Ein Modell, dessen Beschreibung es verlangt, bekommt die Wolken aller Zeitpunkte als Pixel ohne Daten; dann füllt es, was zu jedem Zeitpunkt bewölkt ist.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>OPTIONS={"hide_clouds": true} hides known clouds from any model in this way, false from none.</source>
   <translation>OPTIONS={"hide_clouds": true} verbirgt bekannte Wolken so vor jedem Modell, false vor keinem.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Bands hold for the model, and by the names that it gives them for the cloud model too. OPTIONS={"cloud_bands": "2,3,4"} names those of the cloud model where that is not enough.</source>
   <translation>Die Bänder gelten für das Modell und durch die Namen, die es ihnen gibt, auch für das Wolkenmodell. OPTIONS={"cloud_bands": "2,3,4"} nennt die des Wolkenmodells, wo das nicht reicht.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Radar images are in decibels or linear power; they are converted to what the model's description asks for. OPTIONS={"sar": "db"} or "power" says what they hold, where their values do not show it.</source>
   <translation>Radarbilder sind in Dezibel oder linearer Leistung; sie werden in das umgerechnet, was die Beschreibung des Modells verlangt. OPTIONS={"sar": "db"} oder "power" sagt, was sie enthalten, wo ihre Werte es nicht zeigen.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>The uncertainty is the standard deviation of each value in the numbers of the image, from the variance that the model gives, or from several runs of each tile (options tta and monte_carlo); 0 where the observation was kept.</source>
   <translation>Die Unsicherheit ist die Standardabweichung jedes Wertes in den Zahlen des Bildes, aus der Varianz, die das Modell liefert, oder aus mehreren Läufen je Kachel (Optionen tta und monte_carlo); 0, wo die Beobachtung behalten wurde.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>What the model expects is read from its description, as 'Segment raster' says.</source>
   <translation>Was das Modell erwartet, wird aus seiner Beschreibung gelesen, wie „Raster segmentieren“ erklärt.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Model (empty: clouds are filled from the other dates)</source>
   <translation>Modell (leer: Wolken werden aus den anderen Zeitpunkten gefüllt)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Cloud masks, one for each raster (empty: by the cloud model or the products' quality bands)</source>
   <translation>Wolkenmasken, eine je Raster (leer: durch das Wolkenmodell oder die Qualitätsbänder der Produkte)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Cloud model for dates without mask (.onnx, .json, .emd, .dlpk, or an id of the catalogue)</source>
   <translation>Wolkenmodell für Zeitpunkte ohne Maske (.onnx, .json, .emd, .dlpk oder eine Kennung des Katalogs)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Date to restore (number in the list of rasters, from 0; -1: the model's own, else the latest)</source>
   <translation>Wiederherzustellender Zeitpunkt (Nummer in der Liste der Raster, ab 0; -1: der des Modells, sonst der letzte)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Keep pixels that were observed without clouds</source>
   <translation>Pixel behalten, die ohne Wolken beobachtet wurden</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Without a model: nearest clear date, median of all clear dates, or regression on them</source>
   <translation>Ohne Modell: nächster klarer Zeitpunkt, Median aller klaren Zeitpunkte oder Regression auf sie</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Radar rasters, for models that take them (one for each date, or matched by dates)</source>
   <translation>Radarraster, für Modelle, die sie brauchen (eines je Zeitpunkt, oder über das Datum zugeordnet)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Width of the seam around clouds (px)</source>
   <translation>Breite der Naht um Wolken (px)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Clouds reach farther than their masks say by (px)</source>
   <translation>Wolken reichen weiter, als ihre Masken sagen, um (px)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Pixels that are cloudy on every date: kept as observed, no data, or filled from around</source>
   <translation>Pixel, die zu jedem Zeitpunkt bewölkt sind: wie beobachtet behalten, keine Daten, oder von ringsum gefüllt</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Rasters of the dates (in any order)</source>
   <translation>Raster der Zeitpunkte (in beliebiger Reihenfolge)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Image without clouds</source>
   <translation>Bild ohne Wolken</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Standard deviation of each value</source>
   <translation>Standardabweichung jedes Wertes</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Dates that were used</source>
   <translation>Verwendete Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Date that was restored</source>
   <translation>Wiederhergestellter Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Cloudy share of the pixels of that date</source>
   <translation>Bewölkter Anteil der Pixel dieses Zeitpunkts</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Share of pixels that KEEP_CLEAR left as they were observed (0 without it)</source>
   <translation>Anteil der Pixel, die KEEP_CLEAR ließ, wie sie aufgenommen wurden (0 ohne es)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Share of pixels that are clear on no date (left out where unknown)</source>
   <translation>Anteil der Pixel, die an keinem Datum klar sind (fehlt, wo unbekannt)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_remove_clouds.py"></location>
   <source>Models (*.onnx *.json *.emd *.dlpk);;All files (*)</source>
   <translation>Modelle (*.onnx *.json *.emd *.dlpk);;Alle Dateien (*)</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Segment raster</source>
   <translation>Raster segmentieren</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Maps the classes of a raster with a segmentation model in ONNX format.</source>
   <translation>Kartiert die Klassen eines Rasters mit einem Segmentierungsmodell im ONNX-Format.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Runs a segmentation model over a raster and writes a map of classes with the raster's own grid.</source>
   <translation>Wendet ein Segmentierungsmodell auf ein Raster an und schreibt eine Klassenkarte auf dem Gitter des Rasters.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>The model is an .onnx file or an id of the catalogue. What it expects (bands, scaling of values, pixel size, classes) is read from the description beside it, a STAC MLM item with the same name ending in .json, from the metadata of Deepness and Ultralytics, from Esri .emd and .dlpk, or from the JSON of geoai and ukis-csmask; without one the values are fed as they are. 'Inspect model' shows what is known of a model.</source>
   <translation>Das Modell ist eine .onnx-Datei oder eine Kennung des Katalogs. Was es erwartet (Bänder, Skalierung der Werte, Pixelgröße, Klassen), wird aus der Beschreibung daneben gelesen, einem STAC-MLM-Item gleichen Namens mit der Endung .json, aus den Metadaten von Deepness und Ultralytics, aus Esri .emd und .dlpk oder aus dem JSON von geoai und ukis-csmask; ohne Beschreibung werden die Werte weitergegeben, wie sie sind. „Modell untersuchen“ zeigt, was über ein Modell bekannt ist.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Bands are matched by name, common name (red, nir08) or wavelength. When each band is a file of its own (Sentinel-2, Landsat), choose any of them: the others beside it are found, and its pixels are those of the result. Products also open as downloaded: a .SAFE folder or its zip, MTD_MSIL2A.xml, a Landsat tar, folder or MTL file.</source>
   <translation>Bänder werden über Namen, üblichen Namen (red, nir08) oder Wellenlänge zugeordnet. Wenn jedes Band eine eigene Datei ist (Sentinel-2, Landsat), wählen Sie irgendeine davon: Die anderen daneben werden gefunden, und das Ergebnis hat die Pixel der gewählten. Auch Produkte, wie sie heruntergeladen wurden, lassen sich öffnen: ein .SAFE-Ordner oder dessen zip, MTD_MSIL2A.xml, ein Landsat-tar, -Ordner oder eine MTL-Datei.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>The class raster carries colours, class names, an attribute table and overviews. Probabilities have a band a class; confidence is the probability of the chosen class; entropy is 0 where the model is certain and 1 where it has no idea; disagreement is the standard deviation of the chosen class's probability over the runs of the options tta and monte_carlo. They are stored as 0-250 with the scale 1/250 set in the band; 255 is no data. Polygons follow the pixel edges exactly unless they are simplified; neighbours keep sharing their border then.</source>
   <translation>Das Klassenraster enthält Farben, Klassennamen, eine Attributtabelle und Übersichten (Pyramiden). Wahrscheinlichkeiten haben ein Band je Klasse; Konfidenz ist die Wahrscheinlichkeit der gewählten Klasse; Entropie ist 0, wo das Modell sicher ist, und 1, wo es keine Ahnung hat; Uneinigkeit ist die Standardabweichung der Wahrscheinlichkeit der gewählten Klasse über die Läufe der Optionen tta und monte_carlo. Gespeichert werden sie als 0-250 mit der Skalierung 1/250 im Band; 255 heißt keine Daten. Polygone folgen genau den Pixelkanten, wenn sie nicht vereinfacht werden; auch dann behalten Nachbarn ihre gemeinsame Grenze.</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Classes</source>
   <translation>Klassen</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Class probabilities</source>
   <translation>Klassenwahrscheinlichkeiten</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Confidence</source>
   <translation>Konfidenz</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Entropy</source>
   <translation>Entropie</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Disagreement of several runs</source>
   <translation>Uneinigkeit mehrerer Läufe</translation>
  </message>
  <message>
   <location filename="../../processing/alg_segment.py"></location>
   <source>Class polygons</source>
   <translation>Klassenpolygone</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>GeONNX</source>
   <translation>GeONNX</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>a whole number</source>
   <translation>eine ganze Zahl</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>a number</source>
   <translation>eine Zahl</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>{} is '{}'; expected {}.</source>
   <translation>{} ist „{}“; erwartet wird {}.</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>{} names {}, which can't be found; expected raster files, raster layers or satellite products.</source>
   <translation>{} nennt {}, was nicht gefunden wird; erwartet werden Rasterdateien, Rasterlayer oder Satellitenprodukte.</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>{} is empty; expected: {}.</source>
   <translation>{} ist leer; erwartet wird: {}.</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>There is not enough memory for this run: choose a smaller TILE_SIZE or BATCH_SIZE.</source>
   <translation>Für diesen Lauf reicht der Speicher nicht: Wählen Sie eine kleinere TILE_SIZE oder BATCH_SIZE.</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>{} is '{}'; expected true or false.</source>
   <translation>{} ist „{}“; erwartet wird true oder false.</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source> from {:g} to {:g}</source>
   <translation> von {:g} bis {:g}</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>one of {}</source>
   <translation>eines von {}</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source> of {:g} or more</source>
   <translation> ab {:g}</translation>
  </message>
  <message>
   <location filename="../../processing/base.py"></location>
   <source>An unexpected error stopped the run; please report it: {}: {}</source>
   <translation>Ein unerwarteter Fehler hat den Lauf beendet; bitte melden Sie ihn: {}: {}</translation>
  </message>
  <message>
   <location filename="../../processing/folders.py"></location>
   <source>There is no models folder: set GEONNX_MODELS to one.</source>
   <translation>Es gibt keinen Modellordner: Setzen Sie GEONNX_MODELS auf einen.</translation>
  </message>
  <message>
   <location filename="../../processing/folders.py"></location>
   <source>Device: {}, the default of Settings ▸ Options ▸ GeONNX.</source>
   <translation>Gerät: {}, die Voreinstellung aus Einstellungen ▸ Optionen ▸ GeONNX.</translation>
  </message>
  <message>
   <location filename="../../processing/layers.py"></location>
   <source>holds no raster that can be opened</source>
   <translation>kein Raster enthält, das sich öffnen lässt</translation>
  </message>
  <message>
   <location filename="../../processing/layers.py"></location>
   <source>can't be found</source>
   <translation>nicht gefunden wird</translation>
  </message>
  <message>
   <location filename="../../processing/layers.py"></location>
   <source>{} is '{}', which {}; expected a raster file, a raster layer or a satellite product.</source>
   <translation>{} ist „{}“, was {}; erwartet wird eine Rasterdatei, ein Rasterlayer oder ein Satellitenprodukt.</translation>
  </message>
  <message>
   <location filename="../../processing/layers.py"></location>
   <source>{} is '{}', a layer of the kind {}; expected a raster file: save it as GeoTIFF first (Export ▸ Save As).</source>
   <translation>{} ist „{}“, ein Layer der Art {}; erwartet wird eine Rasterdatei: Speichern Sie ihn zuerst als GeoTIFF (Export ▸ Speichern als).</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>More options (JSON): "scale" and "offset" from stored values to the values the model expects, "threads", "compress" (DEFLATE, ZSTD, …), "threshold" (one-score models), "probability_dtype" ("uint8" or "float32"), "overviews" (true or false), "grid" ("raster": results have the pixels of the raster; "model": those that the raster was resampled to for the model), "tta" ("flips" or "rotations": tiles are also run flipped, or flipped and turned, and the answers averaged), "monte_carlo" (number of runs of models with active dropout), "resume" (true: after a crash the same call goes on where it stopped), "half" (true: float16 on a GPU, unless that changes the map), "int8" (false: bundled models always in float32), "fold" (false: scaling outside of the model's graph), "sar" ("db" or "power": what radar rasters hold), "shift_map" (a GeoTIFF: how far each part of the image lies from what the model was trained on).</source>
   <translation>Weitere Optionen (JSON): "scale" und "offset" von gespeicherten Werten zu denen, die das Modell erwartet, "threads", "compress" (DEFLATE, ZSTD, …), "threshold" (Modelle mit einem Wert), "probability_dtype" ("uint8" oder "float32"), "overviews" (true oder false), "grid" ("raster": Ergebnisse haben die Pixel des Rasters; "model": die, auf die das Raster für das Modell neu abgetastet wurde), "tta" ("flips" oder "rotations": Kacheln laufen auch gespiegelt, oder gespiegelt und gedreht, und die Antworten werden gemittelt), "monte_carlo" (Anzahl der Läufe von Modellen mit aktivem Dropout), "resume" (true: Nach einem Absturz macht derselbe Aufruf weiter, wo er aufhörte), "half" (true: float16 auf einer GPU, sofern das die Karte nicht ändert), "int8" (false: mitgelieferte Modelle immer in float32), "fold" (false: Skalierung außerhalb des Modellgraphen), "sar" ("db" oder "power": was Radarraster enthalten), "shift_map" (ein GeoTIFF: wie weit jeder Teil des Bildes von dem entfernt ist, womit das Modell trainiert wurde).</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Model (.onnx, .json, .emd, .dlpk, or an id of the catalogue)</source>
   <translation>Modell (.onnx, .json, .emd, .dlpk oder eine Kennung des Katalogs)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Bands in the model's order: numbers or names, with commas (empty: matched by name)</source>
   <translation>Bänder in der Reihenfolge des Modells: Nummern oder Namen, mit Kommas (leer: nach Namen)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Mask: only inside these polygons</source>
   <translation>Maske: nur innerhalb dieser Polygone</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Tile size (px; 0: the model's own)</source>
   <translation>Kachelgröße (px; 0: die des Modells)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Overlap on each side of a tile (px; -1: the model's own, else a sixteenth of the tile)</source>
   <translation>Überlappung auf jeder Seite einer Kachel (px; -1: die des Modells, sonst ein Sechzehntel der Kachel)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>How overlaps are joined</source>
   <translation>Wie Überlappungen zusammengefügt werden</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Batch size (tiles; 0: chosen for the device)</source>
   <translation>Stapelgröße (Kacheln; 0: passend zum Gerät)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Device (auto, cpu, cuda, cuda:0,cuda:1, tensorrt, directml, coreml, openvino, dask://host:8786)</source>
   <translation>Gerät (auto, cpu, cuda, cuda:0,cuda:1, tensorrt, directml, coreml, openvino, dask://host:8786)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>More options as JSON, such as {"scale": 0.0001, "threads": 2}</source>
   <translation>Weitere Optionen als JSON, etwa {"scale": 0.0001, "threads": 2}</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Smallest polygon (m²)</source>
   <translation>Kleinstes Polygon (m²)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Simplify polygons (map units; 0: exact pixel edges)</source>
   <translation>Polygone vereinfachen (Karteneinheiten; 0: genaue Pixelkanten)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Tiles that the network saw</source>
   <translation>Kacheln, die das Netz sah</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Duration (s)</source>
   <translation>Dauer (s)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Speed (megapixels per second)</source>
   <translation>Geschwindigkeit (Megapixel pro Sekunde)</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Share of the image that is unlike the training images, 0 to 1</source>
   <translation>Anteil des Bildes, der den Trainingsbildern nicht ähnelt, 0 bis 1</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>Execution provider that ran the model</source>
   <translation>Ausführungs-Provider, der das Modell ausführte</translation>
  </message>
  <message>
   <location filename="../../processing/parameters.py"></location>
   <source>EXTENT is empty; expected xmin,xmax,ymin,ymax with room between them.</source>
   <translation>EXTENT ist leer; erwartet wird xmin,xmax,ymin,ymax mit Raum dazwischen.</translation>
  </message>
  <message>
   <location filename="../../processing/provider.py"></location>
   <source>GeONNX: ONNX models over rasters</source>
   <translation>GeONNX: ONNX-Modelle über Rastern</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>Bands</source>
   <translation>Bänder</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>Scaling of values</source>
   <translation>Skalierung der Werte</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>Pixel size (m)</source>
   <translation>Pixelgröße (m)</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>Smallest and largest pixel size of the training (m)</source>
   <translation>Kleinste und größte Pixelgröße des Trainings (m)</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>What the description leaves open</source>
   <translation>Was die Beschreibung offen lässt</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>Table</source>
   <translation>Tabelle</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>CSV files (*.csv)</source>
   <translation>CSV-Dateien (*.csv)</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>{} should be a page ending in .html; found '{}'.</source>
   <translation>{} sollte eine Seite mit der Endung .html sein; gefunden wurde „{}“.</translation>
  </message>
  <message>
   <location filename="../../processing/reports.py"></location>
   <source>The page {} can't be written: {}.</source>
   <translation>Die Seite {} kann nicht geschrieben werden: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/background.py"></location>
   <source>Unexpected error: {}: {}</source>
   <translation>Unerwarteter Fehler: {}: {}</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>GeONNX panel</source>
   <translation>GeONNX-Bedienfeld</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>Show or hide the GeONNX panel: maps by neural networks</source>
   <translation>GeONNX-Bedienfeld ein- oder ausblenden: Karten aus neuronalen Netzen</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>Install…</source>
   <translation>Installieren…</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>See what is to be installed, and how</source>
   <translation>Ansehen, was installiert werden soll und wie</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>Model manager…</source>
   <translation>Modellverwaltung…</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>Settings…</source>
   <translation>Einstellungen…</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>Install components…</source>
   <translation>Komponenten installieren…</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>Help</source>
   <translation>Hilfe</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source>To run models, GeONNX needs {}. It can be installed in your QGIS profile.</source>
   <translation>Um Modelle auszuführen, braucht GeONNX {}. Es kann in Ihrem QGIS-Profil installiert werden.</translation>
  </message>
  <message>
   <location filename="../../ui/desktop.py"></location>
   <source> and </source>
   <translation> und </translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Faster than CUDA, but compiles each model for minutes before its first run.</source>
   <translation>Schneller als CUDA, übersetzt aber jedes Modell vor dem ersten Lauf minutenlang.</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>NVIDIA's driver finds no graphics card; in a container it has to be handed in.</source>
   <translation>Der NVIDIA-Treiber findet keine Grafikkarte; in einem Container muss sie durchgereicht werden.</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>NVIDIA graphics card (TensorRT)</source>
   <translation>NVIDIA-Grafikkarte (TensorRT)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>onnxruntime is not installed: Plugins ▸ GeONNX ▸ Install components…</source>
   <translation>onnxruntime ist nicht installiert: Erweiterungen ▸ GeONNX ▸ Komponenten installieren…</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>{}, {} cores</source>
   <translation>{}, {} Kerne</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>no NVIDIA graphics card</source>
   <translation>keine NVIDIA-Grafikkarte</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>no onnxruntime</source>
   <translation>kein onnxruntime</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>{} can't use this device; {} can: Plugins ▸ GeONNX ▸ Install components…</source>
   <translation>{} kann dieses Gerät nicht nutzen; {} kann es: Erweiterungen ▸ GeONNX ▸ Komponenten installieren…</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Processor ({} cores)</source>
   <translation>Prozessor ({} Kerne)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>{}, {} of memory</source>
   <translation>{}, {} Speicher</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>NVIDIA's driver is missing: {}.</source>
   <translation>Der NVIDIA-Treiber fehlt: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>{:.0f} GB</source>
   <translation>{:.0f} GB</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>The default device of Settings ▸ Options ▸ GeONNX.</source>
   <translation>Das voreingestellte Gerät aus Einstellungen ▸ Optionen ▸ GeONNX.</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Automatic: {}</source>
   <translation>Automatisch: {}</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Graphics card (DirectML)</source>
   <translation>Grafikkarte (DirectML)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Apple graphics (Core ML)</source>
   <translation>Apple-Grafik (Core ML)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Intel processor (OpenVINO)</source>
   <translation>Intel-Prozessor (OpenVINO)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>NVIDIA graphics card (CUDA)</source>
   <translation>NVIDIA-Grafikkarte (CUDA)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>{} ({})</source>
   <translation>{} ({})</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>onnxruntime {}</source>
   <translation>onnxruntime {}</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Automatic: {}, as set in the options</source>
   <translation>Automatisch: {}, wie in den Optionen gesetzt</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>The fastest that works. {}</source>
   <translation>Das schnellste, das funktioniert. {}</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>Intel graphics (OpenVINO)</source>
   <translation>Intel-Grafik (OpenVINO)</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>CUDA, card number {}</source>
   <translation>CUDA, Karte Nummer {}</translation>
  </message>
  <message>
   <location filename="../../ui/devices/choices.py"></location>
   <source>All {} NVIDIA cards</source>
   <translation>Alle {} NVIDIA-Karten</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>Device</source>
   <translation>Gerät</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>Look again for devices, after a driver or a package was installed</source>
   <translation>Erneut nach Geräten suchen, nachdem ein Treiber oder ein Paket installiert wurde</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>Look again for devices</source>
   <translation>Erneut nach Geräten suchen</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>Looking for devices …</source>
   <translation>Suche nach Geräten …</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>Automatic</source>
   <translation>Automatisch</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>The NVIDIA card is not used: {}</source>
   <translation>Die NVIDIA-Karte wird nicht genutzt: {}</translation>
  </message>
  <message>
   <location filename="../../ui/devices/picker.py"></location>
   <source>What computes.</source>
   <translation>Was rechnet.</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Which part of the raster is processed</source>
   <translation>Welcher Teil des Rasters verarbeitet wird</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Part of the raster</source>
   <translation>Teil des Rasters</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>The layer whose extent is processed</source>
   <translation>Der Layer, dessen Ausdehnung verarbeitet wird</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Outside of these polygons the result has no data</source>
   <translation>Außerhalb dieser Polygone hat das Ergebnis keine Daten</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Draw…</source>
   <translation>Zeichnen…</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Drag a rectangle on the map</source>
   <translation>Ein Rechteck auf der Karte aufziehen</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>nothing drawn yet</source>
   <translation>noch nichts gezeichnet</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Whole raster</source>
   <translation>Ganzes Raster</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>What the map shows</source>
   <translation>Was die Karte zeigt</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Rectangle drawn on the map</source>
   <translation>Auf der Karte gezeichnetes Rechteck</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Extent of a layer</source>
   <translation>Ausdehnung eines Layers</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Inside the polygons of a layer</source>
   <translation>Innerhalb der Polygone eines Layers</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>The project has no polygon layer: choose another part of the raster, or add a layer.</source>
   <translation>Das Projekt hat keinen Polygonlayer: Wählen Sie einen anderen Teil des Rasters oder fügen Sie einen Layer hinzu.</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>The project has no layer whose extent could be taken.</source>
   <translation>Das Projekt hat keinen Layer, dessen Ausdehnung verwendet werden könnte.</translation>
  </message>
  <message>
   <location filename="../../ui/extent.py"></location>
   <source>Draw the rectangle on the map first.</source>
   <translation>Zeichnen Sie zuerst das Rechteck auf der Karte.</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Open the documentation of this window (F1).</source>
   <translation>Die Dokumentation dieses Fensters öffnen (F1).</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>GeONNX help</source>
   <translation>GeONNX-Hilfe</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Help page</source>
   <translation>Hilfeseite</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Links to other pages open here, addresses in your browser.</source>
   <translation>Verweise auf andere Seiten öffnen sich hier, Adressen im Browser.</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Back</source>
   <translation>Zurück</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Show the page that was shown before (Alt+Left).</source>
   <translation>Die zuvor gezeigte Seite zeigen (Alt+Links).</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Contents</source>
   <translation>Inhalt</translation>
  </message>
  <message>
   <location filename="../../ui/help.py"></location>
   <source>Show the first page, which leads to all others.</source>
   <translation>Die erste Seite zeigen, die zu allen anderen führt.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>No band of the layer is clearly this one: choose it here.</source>
   <translation>Kein Band des Layers ist eindeutig dieses: Wählen Sie es hier.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Bands of the model and of the layer</source>
   <translation>Bänder des Modells und des Layers</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Choose …</source>
   <translation>Wählen …</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Layer</source>
   <translation>Layer</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Match</source>
   <translation>Zuordnung</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>The band that the model takes</source>
   <translation>Das Band, das das Modell nimmt</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>The band of the layer that it gets</source>
   <translation>Das Band des Layers, das es bekommt</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>How the two were matched</source>
   <translation>Wie die beiden zugeordnet wurden</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>not found</source>
   <translation>nicht gefunden</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Band {}</source>
   <translation>Band {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>Band of the layer for {}</source>
   <translation>Band des Layers für {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_rows.py"></location>
   <source>{}: {}</source>
   <translation>{}: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>Looking at the bands …</source>
   <translation>Bänder werden angesehen …</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>Choose a model to see which bands it needs.</source>
   <translation>Wählen Sie ein Modell, um zu sehen, welche Bänder es braucht.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>The model needs these bands. Choose a layer to match them with.</source>
   <translation>Das Modell braucht diese Bänder. Wählen Sie einen Layer, dem sie zugeordnet werden.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>Bands as you chose them.</source>
   <translation>Bänder, wie Sie sie gewählt haben.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>Bands are taken in the order of the layer.</source>
   <translation>Die Bänder werden in der Reihenfolge des Layers genommen.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>The band was found.</source>
   <translation>Das Band wurde gefunden.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>Match automatically</source>
   <translation>Automatisch zuordnen</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>Forget the bands that were chosen by hand.</source>
   <translation>Die von Hand gewählten Bänder vergessen.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>It is not clear which bands of the layer are {}: choose them in the red rows.</source>
   <translation>Es ist nicht klar, welche Bänder des Layers {} sind: Wählen Sie sie in den roten Zeilen.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>It is not clear which band of the layer is {}: choose it in the red row.</source>
   <translation>Es ist nicht klar, welches Band des Layers {} ist: Wählen Sie es in der roten Zeile.</translation>
  </message>
  <message>
   <location filename="../../ui/library/band_table.py"></location>
   <source>All {} bands were found.</source>
   <translation>Alle {} Bänder wurden gefunden.</translation>
  </message>
  <message>
   <location filename="../../ui/library/choices.py"></location>
   <source>Id: {}</source>
   <translation>Kennung: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>The model's description leaves {} points open: {}</source>
   <translation>Die Beschreibung des Modells lässt {} Punkte offen: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>What is known about the model</source>
   <translation>Was über das Modell bekannt ist</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Makes</source>
   <translation>Liefert</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Needs</source>
   <translation>Braucht</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Pixel size</source>
   <translation>Pixelgröße</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Values</source>
   <translation>Werte</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Accuracy</source>
   <translation>Genauigkeit</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Trained on</source>
   <translation>Trainiert mit</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>Version</source>
   <translation>Version</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>and {} more</source>
   <translation>und {} weitere</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>described by {}</source>
   <translation>beschrieben durch {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>not said</source>
   <translation>nicht angegeben</translation>
  </message>
  <message>
   <location filename="../../ui/library/facts_view.py"></location>
   <source>pixels of {}</source>
   <translation>Pixel von {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>None</source>
   <translation>Keines</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>Choose a model …</source>
   <translation>Modell wählen …</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>The model to run. A model file can also be dropped here.</source>
   <translation>Das auszuführende Modell. Auch eine Modelldatei kann hier abgelegt werden.</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>Browse for a model file …</source>
   <translation>Modelldatei suchen …</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>Manage models …</source>
   <translation>Modelle verwalten …</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>Choose a model file</source>
   <translation>Modelldatei wählen</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>{} is a model for another task: {}. Choose one for {}.</source>
   <translation>{} ist ein Modell für eine andere Aufgabe: {}. Wählen Sie eines für {}.</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>All files (*)</source>
   <translation>Alle Dateien (*)</translation>
  </message>
  <message>
   <location filename="../../ui/library/picker.py"></location>
   <source>Models ({})</source>
   <translation>Modelle ({})</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>the image without clouds</source>
   <translation>das Bild ohne Wolken</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>what changed between two dates, for each pixel</source>
   <translation>was sich zwischen zwei Zeitpunkten geändert hat, für jedes Pixel</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>as they are stored; nothing says how they should be scaled</source>
   <translation>wie gespeichert; nichts sagt, wie sie zu skalieren sind</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Other files</source>
   <translation>Andere Dateien</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>several</source>
   <translation>mehrere</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>a class for each pixel; what the classes are called is not said</source>
   <translation>eine Klasse für jedes Pixel; wie die Klassen heißen, ist nicht angegeben</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>two dates, each</source>
   <translation>zwei Zeitpunkte, je</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>several dates, each</source>
   <translation>mehrere Zeitpunkte, je</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>any number of bands</source>
   <translation>beliebig viele Bänder</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>1 band</source>
   <translation>1 Band</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>reflectance from 0 to 1, which stored numbers are turned into where the file says how</source>
   <translation>Reflektanz von 0 bis 1, in die gespeicherte Zahlen umgerechnet werden, wo die Datei sagt, wie</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>as they are stored; the model's own scaling is applied</source>
   <translation>wie gespeichert; die Skalierung des Modells selbst wird angewandt</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>same name</source>
   <translation>gleicher Name</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>by position only</source>
   <translation>nur nach Position</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>numbered by the model</source>
   <translation>vom Modell nummeriert</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>chosen by you</source>
   <translation>von Ihnen gewählt</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>one of {} classes for each part of the image</source>
   <translation>eine von {} Klassen für jeden Teil des Bildes</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>one of {} classes for each pixel</source>
   <translation>eine von {} Klassen für jedes Pixel</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>decibels</source>
   <translation>Dezibel</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>linear power</source>
   <translation>lineare Leistung</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{:.1f} MB</source>
   <translation>{:.1f} MB</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>same colour: {}</source>
   <translation>gleiche Farbe: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>nearest: {}</source>
   <translation>nächstes: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Segmentation</source>
   <translation>Segmentierung</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Scene classification</source>
   <translation>Szenenklassifikation</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Change detection</source>
   <translation>Veränderungserkennung</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Cloud removal</source>
   <translation>Wolkenentfernung</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Included</source>
   <translation>Mitgeliefert</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Downloaded</source>
   <translation>Heruntergeladen</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>Your own</source>
   <translation>Eigene</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>any of {} labels for each part of the image</source>
   <translation>beliebige von {} Labels für jeden Teil des Bildes</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>yes or no for each pixel: {}</source>
   <translation>ja oder nein für jedes Pixel: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{} dates, each</source>
   <translation>{} Zeitpunkte, je</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{} bands</source>
   <translation>{} Bänder</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{}, whose names are not said</source>
   <translation>{}, deren Namen nicht angegeben sind</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{:g} to {:g} m</source>
   <translation>{:g} bis {:g} m</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{:g} m</source>
   <translation>{:g} m</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{:g} cm</source>
   <translation>{:g} cm</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{:.0f} kB</source>
   <translation>{:.0f} kB</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>radar: {}</source>
   <translation>Radar: {}</translation>
  </message>
  <message>
   <location filename="../../ui/library/words.py"></location>
   <source>{:.4g} µm</source>
   <translation>{:.4g} µm</translation>
  </message>
  <message>
   <location filename="../../ui/library/wrapper.py"></location>
   <source>Reading the model …</source>
   <translation>Modell wird gelesen …</translation>
  </message>
  <message>
   <location filename="../../ui/library/wrapper.py"></location>
   <source>{} [optional]</source>
   <translation>{} [optional]</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>One row a band, in the model's order. Layers are matched by these names and colours.</source>
   <translation>Eine Zeile je Band, in der Reihenfolge des Modells. Layer werden über diese Namen und Farben zugeordnet.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>Add a band</source>
   <translation>Band hinzufügen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>Remove the last band</source>
   <translation>Letztes Band entfernen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>The common name of the band, such as red or nir; empty: not known</source>
   <translation>Der übliche Name des Bandes, etwa red oder nir; leer: nicht bekannt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>Colour that it sees</source>
   <translation>Farbe, die es sieht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>Common name of band {}</source>
   <translation>Üblicher Name von Band {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/band_editor.py"></location>
   <source>band{}</source>
   <translation>band{}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>Close without saving what you changed?</source>
   <translation>Schließen, ohne die Änderungen zu speichern?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>What keeps the description from being saved</source>
   <translation>Was verhindert, dass die Beschreibung gespeichert wird</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>Write the description beside the model</source>
   <translation>Die Beschreibung neben das Modell schreiben</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>Does it run on this layer?</source>
   <translation>Läuft es mit diesem Layer?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>One entry is to be mended; see the red text.</source>
   <translation>Ein Eintrag ist zu berichtigen; siehe den roten Text.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>{} entries are to be mended.</source>
   <translation>{} Einträge sind zu berichtigen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>Description of {}</source>
   <translation>Beschreibung von {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_dialog.py"></location>
   <source>It was not saved. {}</source>
   <translation>Es wurde nicht gespeichert. {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>A name of a band has a comma; leave it out.</source>
   <translation>Der Name eines Bandes hat ein Komma; lassen Sie es weg.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>scaling</source>
   <translation>Skalierung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>The name is empty; give the model one.</source>
   <translation>Der Name ist leer; geben Sie dem Modell einen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Expected {} from {:g} to {:g}; found {:g}.</source>
   <translation>Erwartet wird {} von {:g} bis {:g}; gefunden wurde {:g}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>The scaling</source>
   <translation>Die Skalierung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Two classes have the same value; give each its own.</source>
   <translation>Zwei Klassen haben denselben Wert; geben Sie jeder einen eigenen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>'{}' is not {}.</source>
   <translation>„{}“ ist nicht {}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Expected a number between {:g} and {:g}; found {:g}.</source>
   <translation>Erwartet wird eine Zahl zwischen {:g} und {:g}; gefunden wurde {:g}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Band {} has no name; name all bands, or none.</source>
   <translation>Band {} hat keinen Namen; benennen Sie alle Bänder oder keines.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Two bands are called {}; give each its own name.</source>
   <translation>Zwei Bänder heißen {}; geben Sie jedem einen eigenen Namen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>The model takes {} bands; there are {} in the list.</source>
   <translation>Das Modell nimmt {} Bänder; in der Liste sind {}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>There are {} steps for {} bands; give one for all, or one a band.</source>
   <translation>Es gibt {} Schritte für {} Bänder; geben Sie einen für alle an oder einen je Band.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>The values 0 to {} are the places of the model's scores; list the classes in that order.</source>
   <translation>Die Werte 0 bis {} sind die Plätze der Ausgabewerte des Modells; führen Sie die Klassen in dieser Reihenfolge auf.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>The model gives {} scores, one a class; there are {} classes.</source>
   <translation>Das Modell liefert {} Werte, einen je Klasse; es gibt {} Klassen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Class {}: the value is '{}'; expected a whole number from 0 to {}.</source>
   <translation>Klasse {}: Der Wert ist „{}“; erwartet wird eine ganze Zahl von 0 bis {}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_draft.py"></location>
   <source>Class {} has no name.</source>
   <translation>Klasse {} hat keinen Namen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What it is</source>
   <translation>Was es ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Name</source>
   <translation>&amp;Name</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What people call the model</source>
   <translation>Wie das Modell genannt wird</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Description</source>
   <translation>B&amp;eschreibung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What it is good for</source>
   <translation>Wofür es gut ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Task</source>
   <translation>&amp;Aufgabe</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What the model does, and so where it is offered</source>
   <translation>Was das Modell tut, und damit, wo es angeboten wird</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Licence</source>
   <translation>&amp;Lizenz</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Under which terms it may be used, such as CC-BY-4.0</source>
   <translation>Unter welchen Bedingungen es benutzt werden darf, etwa CC-BY-4.0</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Citation</source>
   <translation>&amp;Zitat</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>How to cite it</source>
   <translation>Wie es zu zitieren ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Trained &amp;on</source>
   <translation>Trainiert &amp;mit</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Name or address of the training data</source>
   <translation>Name oder Adresse der Trainingsdaten</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What goes in</source>
   <translation>Was hineingeht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Bands</source>
   <translation>&amp;Bänder</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Scaling</source>
   <translation>&amp;Skalierung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What comes out</source>
   <translation>Was herauskommt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Cl&amp;asses</source>
   <translation>&amp;Klassen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>To get &amp;probabilities</source>
   <translation>Für Wahr&amp;scheinlichkeiten</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>What is still to be done with the model's scores to make them probabilities</source>
   <translation>Was mit den Werten des Modells noch zu tun ist, damit sie Wahrscheinlichkeiten werden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>T&amp;hreshold</source>
   <translation>Sch&amp;welle</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Smallest probability that counts as the class, for models with one score (usually 0.5)</source>
   <translation>Kleinste Wahrscheinlichkeit, die als die Klasse zählt, für Modelle mit einem Wert (meist 0,5)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Te&amp;mperature</source>
   <translation>&amp;Temperatur</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Scores are divided by it, so that probabilities are honest (1: as they are)</source>
   <translation>Die Werte werden durch sie geteilt, damit die Wahrscheinlichkeiten ehrlich sind (1: wie sie sind)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Pixels and tiles</source>
   <translation>Pixel und Kacheln</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Not known</source>
   <translation>Nicht bekannt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Nothing: they are probabilities already</source>
   <translation>Nichts: Es sind schon Wahrscheinlichkeiten</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Softmax: one class for each place</source>
   <translation>Softmax: eine Klasse für jeden Ort</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Sigmoid: each class for itself</source>
   <translation>Sigmoid: jede Klasse für sich</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Pi&amp;xel size (m)</source>
   <translation>Pi&amp;xelgröße (m)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Of the training images; layers are resampled to it</source>
   <translation>Die der Trainingsbilder; Layer werden darauf neu abgetastet</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>T&amp;ile (px)</source>
   <translation>Ka&amp;chel (px)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>Edge of the tiles that it was trained on</source>
   <translation>Kantenlänge der Kacheln, mit denen es trainiert wurde</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>O&amp;verlap (px)</source>
   <translation>&amp;Überlappung (px)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>On each side of a tile; empty: a sixteenth of it</source>
   <translation>Auf jeder Seite einer Kachel; leer: ein Sechzehntel davon</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>&amp;Where no data is</source>
   <translation>W&amp;o keine Daten sind</translation>
  </message>
  <message>
   <location filename="../../ui/manager/card_form.py"></location>
   <source>The value fed there, after scaling (usually 0)</source>
   <translation>Der Wert, der dort nach der Skalierung eingesetzt wird (meist 0)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>One row a class, in the order of the model's scores. Type to change a cell.</source>
   <translation>Eine Zeile je Klasse, in der Reihenfolge der Ausgabewerte des Modells. Zum Ändern in eine Zelle tippen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>Add a class</source>
   <translation>Klasse hinzufügen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>Remove the chosen classes</source>
   <translation>Gewählte Klassen entfernen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>The colour of this class on the map</source>
   <translation>Die Farbe dieser Klasse auf der Karte</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>Value</source>
   <translation>Wert</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>Colour</source>
   <translation>Farbe</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>Colour of class {}</source>
   <translation>Farbe der Klasse {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/class_table.py"></location>
   <source>class {}</source>
   <translation>Klasse {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>An older version is on this computer; the download takes its place.</source>
   <translation>Eine ältere Version ist auf diesem Rechner; der Download tritt an ihre Stelle.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>It is not on this computer yet: press Download. Every file is verified before it is used.</source>
   <translation>Es ist noch nicht auf diesem Rechner: Drücken Sie „Herunterladen“. Jede Datei wird geprüft, bevor sie benutzt wird.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>What the catalogue says</source>
   <translation>Was der Katalog sagt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>Size</source>
   <translation>Größe</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>Catalogue</source>
   <translation>Katalog</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>&amp;Overview</source>
   <translation>&amp;Übersicht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>What the model makes and what it needs</source>
   <translation>Was das Modell liefert und was es braucht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>&amp;Does it run?</source>
   <translation>&amp;Läuft es?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>Try the model on a layer of the project</source>
   <translation>Das Modell mit einem Layer des Projekts ausprobieren</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>&amp;Network</source>
   <translation>&amp;Netz</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>What goes into the network and what comes out</source>
   <translation>Was in das Netz hineingeht und was herauskommt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>&amp;Report</source>
   <translation>&amp;Bericht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>Everything that is known of the model, on one page</source>
   <translation>Alles, was über das Modell bekannt ist, auf einer Seite</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>Choose a model at the left, or add one: drop a model file here.</source>
   <translation>Wählen Sie links ein Modell oder fügen Sie eines hinzu: Legen Sie eine Modelldatei hier ab.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>Reading the model…</source>
   <translation>Modell wird gelesen…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/details.py"></location>
   <source>No model is chosen</source>
   <translation>Kein Modell ist gewählt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>GeONNX models</source>
   <translation>GeONNX-Modelle</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>What happened last</source>
   <translation>Was zuletzt geschah</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Asking the catalogues…</source>
   <translation>Kataloge werden gefragt…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>A changed model</source>
   <translation>Ein geändertes Modell</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Use it</source>
   <translation>Verwenden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>&amp;Add a file…</source>
   <translation>Datei &amp;hinzufügen…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Copy a model file (.onnx, .emd, .dlpk) into the models folder. You may also drop it here.</source>
   <translation>Eine Modelldatei (.onnx, .emd, .dlpk) in den Modellordner kopieren. Sie können sie auch hier ablegen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>&amp;Look for more…</source>
   <translation>&amp;Weitere suchen…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Ask the catalogues named in the settings which models they offer. This uses the network.</source>
   <translation>Die in den Einstellungen genannten Kataloge fragen, welche Modelle sie anbieten. Das benutzt das Netz.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Do&amp;wnload</source>
   <translation>&amp;Herunterladen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Download the model, verify it, and put it into the models folder</source>
   <translation>Das Modell herunterladen, prüfen und in den Modellordner legen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>&amp;Edit…</source>
   <translation>&amp;Bearbeiten…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Use the chan&amp;ged file…</source>
   <translation>&amp;Geänderte Datei verwenden…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>The model's file changed since it was added: agree with it as it is now</source>
   <translation>Die Datei des Modells hat sich geändert, seit es hinzugefügt wurde: ihr zustimmen, wie sie jetzt ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Re&amp;move…</source>
   <translation>&amp;Entfernen…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Remove the model from this computer</source>
   <translation>Das Modell von diesem Rechner entfernen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Open &amp;folder</source>
   <translation>&amp;Ordner öffnen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Show where the model lies</source>
   <translation>Zeigen, wo das Modell liegt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>&amp;Copy id</source>
   <translation>Kennung &amp;kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Copy the name that scripts, the toolbox and qgis_process take for this model</source>
   <translation>Den Namen kopieren, den Skripte, Werkzeugkiste und qgis_process für dieses Modell annehmen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Search</source>
   <translation>Suchen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Show only models with these words in name, description or licence</source>
   <translation>Nur Modelle mit diesen Wörtern in Name, Beschreibung oder Lizenz zeigen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>All tasks</source>
   <translation>Alle Aufgaben</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Show only models for this task</source>
   <translation>Nur Modelle für diese Aufgabe zeigen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>No model has these words and this task.</source>
   <translation>Kein Modell hat diese Wörter und diese Aufgabe.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Add models</source>
   <translation>Modelle hinzufügen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Remove a model</source>
   <translation>Ein Modell entfernen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>{} is in the wastebasket.</source>
   <translation>{} ist im Papierkorb.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>{} was deleted.</source>
   <translation>{} wurde gelöscht.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Copy to &amp;edit…</source>
   <translation>Kopie &amp;bearbeiten…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Change what the description of the model says, and try it</source>
   <translation>Ändern, was die Beschreibung des Modells sagt, und es ausprobieren</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Only your own models can be changed: this makes a copy of yours and opens its description</source>
   <translation>Nur eigene Modelle können geändert werden: Dies legt Ihre eigene Kopie an und öffnet deren Beschreibung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Models ({});;All files (*)</source>
   <translation>Modelle ({});;Alle Dateien (*)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Adding {}…</source>
   <translation>{} wird hinzugefügt…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>{} was not added.</source>
   <translation>{} wurde nicht hinzugefügt.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Replace the model that is there?</source>
   <translation>Das vorhandene Modell ersetzen?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Add a model</source>
   <translation>Ein Modell hinzufügen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>Replace</source>
   <translation>Ersetzen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>{} was downloaded and verified.</source>
   <translation>{} wurde heruntergeladen und geprüft.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>{} is used as it is now.</source>
   <translation>{} wird verwendet, wie es jetzt ist.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>'{}' is on the clipboard; it names the model in scripts.</source>
   <translation>„{}“ ist in der Zwischenablage; es nennt das Modell in Skripten.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>{} was added as '{}'.</source>
   <translation>{} wurde als „{}“ hinzugefügt.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>'{}' is a copy of yours.</source>
   <translation>„{}“ ist Ihre eigene Kopie.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>The catalogues offer {} models.</source>
   <translation>Die Kataloge bieten {} Modelle an.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/dialog.py"></location>
   <source>The description of {} was saved.</source>
   <translation>Die Beschreibung von {} wurde gespeichert.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/download_bar.py"></location>
   <source>Progress of the download</source>
   <translation>Fortschritt des Downloads</translation>
  </message>
  <message>
   <location filename="../../ui/manager/download_bar.py"></location>
   <source>Stop the download; the next one goes on where it stopped.</source>
   <translation>Den Download anhalten; der nächste macht weiter, wo er aufhörte.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/download_bar.py"></location>
   <source>Stop the download</source>
   <translation>Download anhalten</translation>
  </message>
  <message>
   <location filename="../../ui/manager/download_bar.py"></location>
   <source>Stopping…</source>
   <translation>Wird angehalten…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/download_bar.py"></location>
   <source>Downloading {}</source>
   <translation>{} wird heruntergeladen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>What the model wants to be fed here</source>
   <translation>Was das Modell hier bekommen will</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>What goes into this model?</source>
   <translation>Was geht in dieses Modell hinein?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>Axes are letters, one a dimension: B several images at once, T dates, C bands, H rows, W columns, N pixels. What is answered here is written beside the model.</source>
   <translation>Achsen sind Buchstaben, einer je Dimension: B mehrere Bilder zugleich, T Zeitpunkte, C Bänder, H Zeilen, W Spalten, N Pixel. Was hier geantwortet wird, wird neben das Modell geschrieben.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>the image</source>
   <translation>das Bild</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>the earlier image</source>
   <translation>das frühere Bild</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>the later image</source>
   <translation>das spätere Bild</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>both images, one behind the other</source>
   <translation>beide Bilder, eines hinter dem anderen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>images of several dates</source>
   <translation>Bilder mehrerer Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>radar</source>
   <translation>Radar</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>when the images were taken</source>
   <translation>wann die Bilder aufgenommen wurden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>where the image lies</source>
   <translation>wo das Bild liegt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>how large a pixel is</source>
   <translation>wie groß ein Pixel ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>the wavelength of each band</source>
   <translation>die Wellenlänge jedes Bandes</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>Input</source>
   <translation>Eingabe</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>Its axes</source>
   <translation>Ihre Achsen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>What {} is</source>
   <translation>Was {} ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>Axes of {}</source>
   <translation>Achsen von {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/inputs_dialog.py"></location>
   <source>One letter for each of the {} dimensions</source>
   <translation>Ein Buchstabe für jede der {} Dimensionen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/job.py"></location>
   <source>It failed, and nothing says why; the log messages may.</source>
   <translation>Es ist fehlgeschlagen, und nichts sagt, warum; vielleicht die Protokollmeldungen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/job.py"></location>
   <source>It was cancelled.</source>
   <translation>Es wurde abgebrochen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/job.py"></location>
   <source>The algorithm {} is not there: is the plugin enabled?</source>
   <translation>Der Algorithmus {} ist nicht da: Ist das Plugin aktiviert?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/model_list.py"></location>
   <source>Choose a model to see what it is and what can be done with it.</source>
   <translation>Wählen Sie ein Modell, um zu sehen, was es ist und was man damit tun kann.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/model_list.py"></location>
   <source>{} (newer version)</source>
   <translation>{} (neuere Version)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_view.py"></location>
   <source>Inputs and outputs of the network</source>
   <translation>Eingaben und Ausgaben des Netzes</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_view.py"></location>
   <source>Goes in</source>
   <translation>Geht hinein</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_view.py"></location>
   <source>Comes out</source>
   <translation>Kommt heraus</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_view.py"></location>
   <source>Called '{}' in the file; numbers of the type {}.</source>
   <translation>In der Datei „{}“ genannt; Zahlen der Art {}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>scores{}; whether they are probabilities is not said</source>
   <translation>Werte{}; ob es Wahrscheinlichkeiten sind, ist nicht angegeben</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>of a size that only a run can tell</source>
   <translation>von einer Größe, die nur ein Lauf zeigt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>one number</source>
   <translation>eine Zahl</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>Bands: {}</source>
   <translation>Bänder: {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>Classes: {}</source>
   <translation>Klassen: {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>the restored image</source>
   <translation>das wiederhergestellte Bild</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>how uncertain each pixel is</source>
   <translation>wie unsicher jedes Pixel ist</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>how uncertain each pixel is (as a logarithm)</source>
   <translation>wie unsicher jedes Pixel ist (als Logarithmus)</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>scores</source>
   <translation>Werte</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source> before</source>
   <translation> vorher</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source> after</source>
   <translation> nachher</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source> of change</source>
   <translation> der Veränderung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>class numbers{}</source>
   <translation>Klassennummern{}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>probabilities{}</source>
   <translation>Wahrscheinlichkeiten{}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>scores{}, made probabilities by softmax</source>
   <translation>Werte{}, durch Softmax zu Wahrscheinlichkeiten gemacht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>scores{}, made probabilities by sigmoid</source>
   <translation>Werte{}, durch Sigmoid zu Wahrscheinlichkeiten gemacht</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>{} dates</source>
   <translation>{} Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>any number of dates</source>
   <translation>beliebig viele Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>{} values for each place</source>
   <translation>{} Werte für jeden Ort</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>several values</source>
   <translation>mehrere Werte</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>any size</source>
   <translation>beliebige Größe</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>pixel by pixel</source>
   <translation>Pixel für Pixel</translation>
  </message>
  <message>
   <location filename="../../ui/manager/network_words.py"></location>
   <source>{} × {} pixels</source>
   <translation>{} × {} Pixel</translation>
  </message>
  <message>
   <location filename="../../ui/manager/questions.py"></location>
   <source>{}

Id of the new model:</source>
   <translation>{}

Kennung des neuen Modells:</translation>
  </message>
  <message>
   <location filename="../../ui/manager/report_view.py"></location>
   <source>Open in &amp;browser</source>
   <translation>Im &amp;Browser öffnen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/report_view.py"></location>
   <source>Show the report in your web browser, from where it can be printed or kept.</source>
   <translation>Den Bericht im Webbrowser zeigen, wo er gedruckt oder aufbewahrt werden kann.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/report_view.py"></location>
   <source>Making the report…</source>
   <translation>Bericht wird erstellt…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>How the numbers stored in the raster become those that the model expects</source>
   <translation>Wie aus den im Raster gespeicherten Zahlen die werden, die das Modell erwartet</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Scaling</source>
   <translation>Skalierung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Different for each band</source>
   <translation>Für jedes Band anders</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>A row of numbers for each band in place of one for all</source>
   <translation>Eine Zeile Zahlen für jedes Band statt einer für alle</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Numbers of the scaling</source>
   <translation>Zahlen der Skalierung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Type the numbers; a comma or a point before decimals.</source>
   <translation>Geben Sie die Zahlen ein; Komma oder Punkt vor den Dezimalen.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>A list of steps as value_scaling of STAC MLM has them, one for all bands or one a band</source>
   <translation>Eine Liste von Schritten, wie value_scaling in STAC MLM sie hat, einer für alle Bänder oder einer je Band</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Scaling as JSON</source>
   <translation>Skalierung als JSON</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>As stored: the model takes the raster's numbers</source>
   <translation>Wie gespeichert: Das Modell nimmt die Zahlen des Rasters</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Divide by a number</source>
   <translation>Durch eine Zahl teilen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Subtract a number</source>
   <translation>Eine Zahl abziehen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>From a range to 0–1</source>
   <translation>Aus einem Bereich auf 0–1</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Subtract the mean, divide by the standard deviation</source>
   <translation>Mittel abziehen, durch Standardabweichung teilen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Cut off below and above</source>
   <translation>Unten und oben abschneiden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Cut off below</source>
   <translation>Unten abschneiden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Cut off above</source>
   <translation>Oben abschneiden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Other, as JSON</source>
   <translation>Anderes, als JSON</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Smallest</source>
   <translation>Kleinster</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Largest</source>
   <translation>Größter</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Mean</source>
   <translation>Mittel</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Standard deviation</source>
   <translation>Standardabweichung</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>Number</source>
   <translation>Zahl</translation>
  </message>
  <message>
   <location filename="../../ui/manager/scaling_editor.py"></location>
   <source>all bands</source>
   <translation>alle Bänder</translation>
  </message>
  <message>
   <location filename="../../ui/manager/shelf.py"></location>
   <source>Can be downloaded</source>
   <translation>Zum Herunterladen</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial.py"></location>
   <source>The result {} can't be read.</source>
   <translation>Das Ergebnis {} kann nicht gelesen werden.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>The raster layer to try the model on.</source>
   <translation>Der Rasterlayer, mit dem das Modell ausprobiert wird.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Another date of the same place.</source>
   <translation>Ein anderer Zeitpunkt desselben Ortes.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>the same layer</source>
   <translation>derselbe Layer</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>&amp;Second date</source>
   <translation>&amp;Zweiter Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Run the model on one tile in the middle of the layer. Nothing is added to the project.</source>
   <translation>Das Modell auf eine Kachel in der Mitte des Layers anwenden. Dem Projekt wird nichts hinzugefügt.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Whether the model runs</source>
   <translation>Ob das Modell läuft</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>S&amp;top</source>
   <translation>&amp;Stopp</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>&amp;Layer</source>
   <translation>&amp;Layer</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Runs the model on one tile in the middle of a layer and says what it finds there.</source>
   <translation>Wendet das Modell auf eine Kachel in der Mitte eines Layers an und sagt, was es dort findet.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>It runs, but the middle of this layer holds no data: nothing was found there.</source>
   <translation>Es läuft, aber die Mitte dieses Layers hat keine Daten: Dort wurde nichts gefunden.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>&amp;Try it</source>
   <translation>Aus&amp;probieren</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Found in the middle: {}.</source>
   <translation>In der Mitte gefunden: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Add a raster layer to the project first, then choose it here.</source>
   <translation>Fügen Sie dem Projekt zuerst einen Rasterlayer hinzu, dann wählen Sie ihn hier.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>The layer is not in the project any more.</source>
   <translation>Der Layer ist nicht mehr im Projekt.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>It made an image with {} bands.</source>
   <translation>Es hat ein Bild mit {} Bändern erstellt.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Stopped.</source>
   <translation>Angehalten.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Yes, it runs on this layer ({}).</source>
   <translation>Ja, es läuft mit diesem Layer ({}).</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>No: {}</source>
   <translation>Nein: {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>Trying the model on the middle of {}…</source>
   <translation>Das Modell wird in der Mitte von {} ausprobiert…</translation>
  </message>
  <message>
   <location filename="../../ui/manager/trial_panel.py"></location>
   <source>{:.1f} seconds</source>
   <translation>{:.1f} Sekunden</translation>
  </message>
  <message>
   <location filename="../../ui/manager/work.py"></location>
   <source>It goes to the wastebasket where there is one; else it is deleted.</source>
   <translation>Es kommt in den Papierkorb, wo es einen gibt; sonst wird es gelöscht.</translation>
  </message>
  <message>
   <location filename="../../ui/manager/work.py"></location>
   <source>{}.

A model is a program that runs on this computer. Use {} as it is now?</source>
   <translation>{}.

Ein Modell ist ein Programm, das auf diesem Rechner läuft. {} verwenden, wie es jetzt ist?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/work.py"></location>
   <source>Remove {} from this computer?</source>
   <translation>{} von diesem Rechner entfernen?</translation>
  </message>
  <message>
   <location filename="../../ui/manager/work.py"></location>
   <source> and {} more</source>
   <translation> und {} weitere</translation>
  </message>
  <message>
   <location filename="../../ui/manager/work.py"></location>
   <source>Other models need these too, so they stay: {}</source>
   <translation>Andere Modelle brauchen diese auch, darum bleiben sie: {}</translation>
  </message>
  <message>
   <location filename="../../ui/manager/work.py"></location>
   <source>No catalogue is named: add its address in Settings ▸ Options ▸ GeONNX.</source>
   <translation>Kein Katalog ist genannt: Fügen Sie seine Adresse in Einstellungen ▸ Optionen ▸ GeONNX hinzu.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Rasters and products (*.tif *.tiff *.vrt *.jp2 *.img *.nc *.zip *.tar *.gz *.tgz *.xml *_MTL.txt *_MTL.json);;All files (*)</source>
   <translation>Raster und Produkte (*.tif *.tiff *.vrt *.jp2 *.img *.nc *.zip *.tar *.gz *.tgz *.xml *_MTL.txt *_MTL.json);;Alle Dateien (*)</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>File…</source>
   <translation>Datei…</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>A raster file, or a satellite product as zip, tar or metadata file</source>
   <translation>Eine Rasterdatei oder ein Satellitenprodukt als zip, tar oder Metadatendatei</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Product folder…</source>
   <translation>Produktordner…</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>The folder of a satellite product, such as …MSIL2A….SAFE or of a Landsat scene</source>
   <translation>Der Ordner eines Satellitenprodukts, etwa …MSIL2A….SAFE oder einer Landsat-Szene</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Choose a raster file or a satellite product that is not in the project</source>
   <translation>Eine Rasterdatei oder ein Satellitenprodukt wählen, das nicht im Projekt ist</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Choose a file or product</source>
   <translation>Datei oder Produkt wählen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Choose rasters</source>
   <translation>Raster wählen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Choose the folder of a satellite product</source>
   <translation>Ordner eines Satellitenprodukts wählen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/browse.py"></location>
   <source>Choose a raster</source>
   <translation>Ein Raster wählen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/choice.py"></location>
   <source>'{}' is not available: its file can't be found or read. Repair the layer first.</source>
   <translation>„{}“ ist nicht verfügbar: Die Datei kann nicht gefunden oder gelesen werden. Reparieren Sie zuerst den Layer.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/choice.py"></location>
   <source>'{}' comes from a web service or another source that is no raster file ({}): save it as GeoTIFF first (right-click the layer: Export ▸ Save As).</source>
   <translation>„{}“ stammt von einem Webdienst oder einer anderen Quelle, die keine Rasterdatei ist ({}): Speichern Sie ihn zuerst als GeoTIFF (Rechtsklick auf den Layer: Export ▸ Speichern als).</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>More dates</source>
   <translation>Weitere Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>Radar images</source>
   <translation>Radarbilder</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>Other dates of the same place, in any order</source>
   <translation>Andere Zeitpunkte desselben Ortes, in beliebiger Reihenfolge</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>Radar images of the same place, such as Sentinel-1</source>
   <translation>Radarbilder desselben Ortes, etwa Sentinel-1</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>The model takes any number of dates.</source>
   <translation>Das Modell nimmt beliebig viele Zeitpunkte.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>The model needs radar images as well: add them to the list.</source>
   <translation>Das Modell braucht auch Radarbilder: Fügen Sie sie der Liste hinzu.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>The model takes {} dates, that of the raster above counted.</source>
   <translation>Das Modell nimmt {} Zeitpunkte, den des Rasters oben mitgezählt.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/companions.py"></location>
   <source>The model takes {} dates and there are {}: change the list of more dates.</source>
   <translation>Das Modell nimmt {} Zeitpunkte, und es sind {}: Ändern Sie die Liste weiterer Zeitpunkte.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>Runs</source>
   <translation>Läufe</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>what was started here: progress, log and results</source>
   <translation>was hier gestartet wurde: Fortschritt, Protokoll und Ergebnisse</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>Segment</source>
   <translation>Segmente</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>a map of classes, pixel by pixel</source>
   <translation>eine Klassenkarte, Pixel für Pixel</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>Classify</source>
   <translation>Klassen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>a class for each piece or polygon of an image</source>
   <translation>eine Klasse für jedes Stück oder Polygon eines Bildes</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>what differs between two dates</source>
   <translation>was zwischen zwei Zeitpunkten anders ist</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>Clouds</source>
   <translation>Wolken</translation>
  </message>
  <message>
   <location filename="../../ui/panel/dock.py"></location>
   <source>an image as it would be without clouds</source>
   <translation>ein Bild, wie es ohne Wolken wäre</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>the model's own</source>
   <translation>die des Modells</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source> px</source>
   <translation> px</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Tile size</source>
   <translation>Kachelgröße</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Overlap of tiles</source>
   <translation>Überlappung der Kacheln</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Where tiles overlap</source>
   <translation>Wo Kacheln überlappen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Tiles at once</source>
   <translation>Kacheln auf einmal</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>automatic</source>
   <translation>automatisch</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Smallest polygon</source>
   <translation>Mindestgröße</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source> m²</source>
   <translation> m²</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Simplify by</source>
   <translation>Vereinfachen um</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>not at all</source>
   <translation>gar nicht</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source> map units</source>
   <translation> Karteneinheiten</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Smallest probability</source>
   <translation>Kleinste Wahrscheinlichkeit</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>as the model says</source>
   <translation>wie das Modell sagt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Correct a shift between the dates</source>
   <translation>Versatz zwischen den Zeitpunkten berichtigen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Adapt the values of the later image</source>
   <translation>Werte des späteren Bildes anpassen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Size of a piece</source>
   <translation>Größe eines Stücks</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Step from piece to piece</source>
   <translation>Schritt von Stück zu Stück</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>one piece</source>
   <translation>ein Stück</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>A polygon is judged by</source>
   <translation>Ein Polygon wird beurteilt nach</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Likeliest classes to tell</source>
   <translation>Wahrscheinlichste Klassen, die genannt werden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Share of a piece with data</source>
   <translation>Anteil eines Stücks mit Daten</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Probability of each class</source>
   <translation>Wahrscheinlichkeit jeder Klasse</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Keep what was seen without clouds</source>
   <translation>Behalten, was ohne Wolken gesehen wurde</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Fill from</source>
   <translation>Füllen aus</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Soft edge around clouds</source>
   <translation>Weicher Rand um Wolken</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Widen the cloud masks by</source>
   <translation>Wolkenmasken erweitern um</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Cloudy on every date</source>
   <translation>Zu jedem Zeitpunkt bewölkt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Cut (default)</source>
   <translation>Abschneiden (Standard)</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>Blend softly</source>
   <translation>Weich überblenden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>the piece around its centre</source>
   <translation>dem Stück um seine Mitte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>all pieces in it</source>
   <translation>allen Stücken darin</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>up to 100 classes</source>
   <translation>bis zu 100 Klassen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>always</source>
   <translation>immer</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>never</source>
   <translation>nie</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>the nearest clear date</source>
   <translation>dem nächsten klaren Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>the median of all clear dates</source>
   <translation>dem Median aller klaren Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>linear regression on all clear dates</source>
   <translation>linearer Regression auf alle klaren Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>stays as it was seen</source>
   <translation>bleibt, wie gesehen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>becomes no data</source>
   <translation>wird „keine Daten“</translation>
  </message>
  <message>
   <location filename="../../ui/panel/fields.py"></location>
   <source>is filled from around</source>
   <translation>wird von ringsum gefüllt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/model_section.py"></location>
   <source>More about the model</source>
   <translation>Mehr über das Modell</translation>
  </message>
  <message>
   <location filename="../../ui/panel/model_section.py"></location>
   <source>Which band of the raster the model gets as which of its own</source>
   <translation>Welches Band des Rasters das Modell als welches seiner Bänder bekommt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/model_section.py"></location>
   <source>please look</source>
   <translation>bitte ansehen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/model_section.py"></location>
   <source>&amp;Model</source>
   <translation>&amp;Modell</translation>
  </message>
  <message>
   <location filename="../../ui/panel/model_section.py"></location>
   <source>There is no model for this yet: drop a model file on the list of models, browse for one, or look for more in the model manager (the button at its right).</source>
   <translation>Dafür ist noch kein Modell vorhanden: Ziehen Sie eine Modelldatei auf die Liste der Modelle, wählen Sie eine aus, oder suchen Sie in der Modellverwaltung nach weiteren (Schaltfläche rechts daneben).</translation>
  </message>
  <message>
   <location filename="../../ui/panel/model_section.py"></location>
   <source>Choose a model.</source>
   <translation>Wählen Sie ein Modell.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Any option as JSON, as the help of the algorithm lists them; wins over the fields above</source>
   <translation>Beliebige Option als JSON, wie die Hilfe des Algorithmus sie aufführt; hat Vorrang vor den Feldern darüber</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>More as JSON</source>
   <translation>Mehr als JSON</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Run each tile several times</source>
   <translation>Jede Kachel mehrmals ausführen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Tiles are also run flipped (4 runs) or flipped and turned (8 runs), and the answers averaged</source>
   <translation>Kacheln laufen auch gespiegelt (4 Läufe) oder gespiegelt und gedreht (8 Läufe), und die Antworten werden gemittelt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Compression</source>
   <translation>Kompression</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>How the result files are compressed, without loss</source>
   <translation>Wie die Ergebnisdateien verlustfrei komprimiert werden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Probabilities as</source>
   <translation>Wahrscheinlichkeit als</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>0–250 in one byte, or exact numbers, which take four times the space</source>
   <translation>0–250 in einem Byte oder genaue Zahlen, die den vierfachen Platz brauchen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Pixels of the result</source>
   <translation>Pixel des Ergebnisses</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Where the raster was resampled to the pixel size of the model: whose pixels the result has</source>
   <translation>Wo das Raster auf die Pixelgröße des Modells neu abgetastet wurde: wessen Pixel das Ergebnis hat</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>CPU threads</source>
   <translation>CPU-Threads</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>all cores</source>
   <translation>alle Kerne</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Runs with dropout</source>
   <translation>Läufe mit Dropout</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>one, without</source>
   <translation>einer, ohne</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Multiply values by</source>
   <translation>Werte multiplizieren mit</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Factor from the stored values to those that the model expects, such as 0.0001 for Sentinel-2</source>
   <translation>Faktor von den gespeicherten Werten zu denen, die das Modell erwartet, etwa 0.0001 bei Sentinel-2</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Add to values</source>
   <translation>Zu Werten addieren</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Added to the values after they were multiplied</source>
   <translation>Wird zu den Werten addiert, nachdem sie multipliziert wurden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Can be resumed after a crash</source>
   <translation>Nach einem Absturz fortsetzbar</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Finished blocks are kept on the disk; the same run, started again, goes on where it stopped</source>
   <translation>Fertige Blöcke werden auf der Platte behalten; derselbe Lauf, neu gestartet, macht weiter, wo er aufhörte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Half precision on a GPU</source>
   <translation>Halbe Genauigkeit auf einer GPU</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Faster on many graphics cards; used only where it does not change the map</source>
   <translation>Auf vielen Grafikkarten schneller; nur benutzt, wo es die Karte nicht ändert</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Overviews</source>
   <translation>Übersichten (Pyramiden)</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>Smaller copies in the file, shown when zoomed out</source>
   <translation>Kleinere Kopien in der Datei, die beim Herauszoomen gezeigt werden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>no</source>
   <translation>nein</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>flipped</source>
   <translation>gespiegelt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>flipped and turned</source>
   <translation>gespiegelt und gedreht</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>none</source>
   <translation>keine</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>one byte</source>
   <translation>ein Byte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>exact numbers</source>
   <translation>genaue Zahlen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>those of the raster</source>
   <translation>die des Rasters</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>those of the model</source>
   <translation>die des Modells</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>0: {}</source>
   <translation>0: {}</translation>
  </message>
  <message>
   <location filename="../../ui/panel/options.py"></location>
   <source>"More as JSON" is no JSON object; expected something like {}.</source>
   <translation>„Mehr als JSON“ ist kein JSON-Objekt; erwartet wird etwas wie {}.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>temporary layer</source>
   <translation>temporärer Layer</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>temporary file</source>
   <translation>temporäre Datei</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Where it is written; empty: a temporary file that is deleted when QGIS closes</source>
   <translation>Wohin es geschrieben wird; leer: eine temporäre Datei, die gelöscht wird, wenn QGIS sich schließt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Probabilities</source>
   <translation>Wahrscheinlichkeiten</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>How likely each class or the change is: bands 0–250</source>
   <translation>Wie wahrscheinlich jede Klasse oder die Veränderung ist: Bänder 0–250</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>How sure the model is of the class that it chose</source>
   <translation>Wie sicher sich das Modell der gewählten Klasse ist</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>0 where the model is certain, 1 where it has no idea</source>
   <translation>0, wo das Modell sicher ist, 1, wo es keine Ahnung hat</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Disagreement</source>
   <translation>Uneinigkeit</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>How much several runs of the same place differ (Advanced ▸ Run each tile several times)</source>
   <translation>Wie weit mehrere Läufe desselben Ortes auseinanderliegen (Erweitert ▸ Jede Kachel mehrmals ausführen)</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Polygons</source>
   <translation>Polygone</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>The same map as polygons, with class and area</source>
   <translation>Dieselbe Karte als Polygone, mit Klasse und Fläche</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Areas</source>
   <translation>Flächen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Table of the areas that changed, in hectares (CSV or HTML)</source>
   <translation>Tabelle der veränderten Flächen, in Hektar (CSV oder HTML)</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Uncertainty</source>
   <translation>Unsicherheit</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Standard deviation of each restored value, in the numbers of the image</source>
   <translation>Standardabweichung jedes wiederhergestellten Wertes, in den Zahlen des Bildes</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>The classes as a raster, a pixel for each piece</source>
   <translation>Die Klassen als Raster, ein Pixel je Stück</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>File of: {}</source>
   <translation>Datei von: {}</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>'{}' is no full path of a file: choose a folder with …, or leave it empty.</source>
   <translation>„{}“ ist kein vollständiger Dateipfad: Wählen Sie mit … einen Ordner oder lassen Sie es leer.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>{} is on the map already, as '{}': choose another name, or leave it empty for a temporary one.</source>
   <translation>{} liegt bereits auf der Karte, als '{}': Wählen Sie einen anderen Namen, oder lassen Sie das Feld für eine temporäre Datei leer.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/outputs.py"></location>
   <source>Two results have the same file: {}.</source>
   <translation>Zwei Ergebnisse haben dieselbe Datei: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/page.py"></location>
   <source>The model and the bands are being looked at …</source>
   <translation>Modell und Bänder werden angesehen …</translation>
  </message>
  <message>
   <location filename="../../ui/panel/page.py"></location>
   <source>Run</source>
   <translation>Ausführen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/page.py"></location>
   <source>Results</source>
   <translation>Ergebnisse</translation>
  </message>
  <message>
   <location filename="../../ui/panel/page.py"></location>
   <source>Advanced</source>
   <translation>Erweitert</translation>
  </message>
  <message>
   <location filename="../../ui/panel/page.py"></location>
   <source>{} – {}</source>
   <translation>{} – {}</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>Find changes</source>
   <translation>Veränderungen finden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>Exchange the two images</source>
   <translation>Die beiden Bilder vertauschen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>The image before is the later of the two: swap them?</source>
   <translation>Das Bild „vorher“ ist das spätere der beiden: vertauschen?</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>The earlier image; its pixels are those of the result</source>
   <translation>Das frühere Bild; seine Pixel sind die des Ergebnisses</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>The later image; it is brought to the pixels of the earlier one</source>
   <translation>Das spätere Bild; es wird auf die Pixel des früheren gebracht</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>Swap</source>
   <translation>Tauschen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>Choose the earlier image: a layer of the project, or a file with the button beside the list.</source>
   <translation>Wählen Sie das frühere Bild: einen Layer des Projekts oder mit der Schaltfläche neben der Liste eine Datei.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>Choose the later image: a layer of the project, or a file with the button beside the list.</source>
   <translation>Wählen Sie das spätere Bild: einen Layer des Projekts oder mit der Schaltfläche neben der Liste eine Datei.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>Before and after are the same raster: choose another one for one of them.</source>
   <translation>Vorher und nachher sind dasselbe Raster: Wählen Sie für eines ein anderes.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>&amp;Before</source>
   <translation>&amp;Vorher</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>&amp;After</source>
   <translation>&amp;Nachher</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>can't be read</source>
   <translation>nicht lesbar</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/change.py"></location>
   <source>date unknown</source>
   <translation>Datum unbekannt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>Each polygon of this layer gets a class and keeps its shape and attributes</source>
   <translation>Jedes Polygon dieses Layers bekommt eine Klasse und behält Form und Attribute</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>Polygon layer</source>
   <translation>Polygonlayer</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>What gets a class</source>
   <translation>Was eine Klasse bekommt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>Which pieces of the raster get a class each</source>
   <translation>Welche Stücke des Rasters je eine Klasse bekommen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>Cells of a regular grid</source>
   <translation>Zellen eines regelmäßigen Gitters</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>Polygons of a layer</source>
   <translation>Polygone eines Layers</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/classify.py"></location>
   <source>The project has no polygon layer: add one, or classify the cells of a regular grid.</source>
   <translation>Das Projekt hat keinen Polygonlayer: Fügen Sie einen hinzu oder klassifizieren Sie die Zellen eines regelmäßigen Gitters.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Remove the clouds</source>
   <translation>Wolken entfernen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>The date that the result shows</source>
   <translation>Der Zeitpunkt, den das Ergebnis zeigt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Date to restore</source>
   <translation>Wiederherzustellender Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>The model's own, else the latest</source>
   <translation>Der des Modells, sonst der letzte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Where clouds are</source>
   <translation>Wo Wolken sind</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Where clouds are known, what was seen clearly stays as it is</source>
   <translation>Wo Wolken bekannt sind, bleibt klar Gesehenes, wie es ist</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>A model that tells clouds from clear land; it is run on every date first</source>
   <translation>Ein Modell, das Wolken von klarem Land unterscheidet; es läuft zuerst über jeden Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>The images' own quality band, if any</source>
   <translation>Qualitätsband der Bilder, falls vorhanden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Cloud masks</source>
   <translation>Wolkenmasken</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>A cloud model, run first</source>
   <translation>Ein Wolkenmodell, das zuerst läuft</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>How clouds are filled</source>
   <translation>Wie Wolken gefüllt werden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>By a model, or from the other dates alone</source>
   <translation>Mit einem Modell oder nur aus den anderen Zeitpunkten</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Restored by a model</source>
   <translation>Durch ein Modell wiederhergestellt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Filled from the other dates, without a model</source>
   <translation>Aus den anderen Zeitpunkten, ohne Modell</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>A cloud mask for each image, in the same order or with dates in their names</source>
   <translation>Eine Wolkenmaske für jedes Bild, in derselben Reihenfolge oder mit dem Datum im Namen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>The images of one place; drag them to order, or use Alt and the arrow keys</source>
   <translation>Die Bilder eines Ortes; zum Ordnen ziehen, oder Alt und die Pfeiltasten</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>&amp;Images of all dates</source>
   <translation>&amp;Bilder aller Zeitpunkte</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>&amp;Date to restore</source>
   <translation>&amp;Wiederherzustellender Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Add the images of one or more dates.</source>
   <translation>Fügen Sie die Bilder eines oder mehrerer Zeitpunkte hinzu.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Clouds can be filled from other dates only: add at least one more image.</source>
   <translation>Wolken können nur aus anderen Zeitpunkten gefüllt werden: Fügen Sie mindestens ein weiteres Bild hinzu.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Add the cloud masks to their list, or choose another way to know the clouds.</source>
   <translation>Fügen Sie die Wolkenmasken ihrer Liste hinzu, oder wählen Sie einen anderen Weg, die Wolken zu kennen.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>Choose the model that finds the clouds.</source>
   <translation>Wählen Sie das Modell, das die Wolken findet.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>The model takes {} dates; of more, those nearest in time are used.</source>
   <translation>Das Modell nimmt {} Zeitpunkte; von mehr werden die zeitlich nächsten verwendet.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/clouds.py"></location>
   <source>The model takes {} dates: add {} more.</source>
   <translation>Das Modell nimmt {} Zeitpunkte: Fügen Sie {} weitere hinzu.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/segment.py"></location>
   <source>Make the map</source>
   <translation>Karte erstellen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/segment.py"></location>
   <source>Choose a raster: a layer of the project, or a file or product with the button beside the list.</source>
   <translation>Wählen Sie ein Raster: einen Layer des Projekts oder mit der Schaltfläche neben der Liste eine Datei oder ein Produkt.</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/segment.py"></location>
   <source>The image that is mapped; its pixels are those of the result</source>
   <translation>Das Bild, das kartiert wird; seine Pixel sind die des Ergebnisses</translation>
  </message>
  <message>
   <location filename="../../ui/panel/pages/segment.py"></location>
   <source>&amp;Raster</source>
   <translation>&amp;Raster</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Add</source>
   <translation>Hinzufügen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Add layers of the project, files or products</source>
   <translation>Layer des Projekts, Dateien oder Produkte hinzufügen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Take the selected rasters off the list</source>
   <translation>Die gewählten Raster von der Liste nehmen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Sort by date</source>
   <translation>Nach Datum ordnen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Oldest first; those without date at the end</source>
   <translation>Älteste zuerst; die ohne Datum ans Ende</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>All raster layers of the project</source>
   <translation>Alle Rasterlayer des Projekts</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Date</source>
   <translation>Datum</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>The date is being read</source>
   <translation>Das Datum wird gelesen</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>unusable</source>
   <translation>unbrauchbar</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
  <message>
   <location filename="../../ui/panel/raster_list.py"></location>
   <source>Neither the metadata nor the name of the file tells its date</source>
   <translation>Weder die Metadaten noch der Name der Datei nennen ihr Datum</translation>
  </message>
  <message>
   <location filename="../../ui/panel/run_bar.py"></location>
   <source>Help on this panel</source>
   <translation>Hilfe zu diesem Bedienfeld</translation>
  </message>
  <message>
   <location filename="../../ui/panel/run_bar.py"></location>
   <source>Start the run with these settings (Ctrl+Return); QGIS can be used meanwhile</source>
   <translation>Den Lauf mit diesen Einstellungen starten (Strg+Eingabe); QGIS kann währenddessen benutzt werden</translation>
  </message>
  <message>
   <location filename="../../ui/panel/run_bar.py"></location>
   <source>Preview</source>
   <translation>Vorschau</translation>
  </message>
  <message>
   <location filename="../../ui/panel/run_bar.py"></location>
   <source>({} more)</source>
   <translation>({} weitere)</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Hides what the model is less sure of than this. Acts at once.</source>
   <translation>Blendet aus, dessen sich das Modell weniger sicher ist. Wirkt sofort.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>C&amp;lear</source>
   <translation>&amp;Löschen</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Take the preview off the map.</source>
   <translation>Die Vorschau von der Karte nehmen.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Progress of the preview</source>
   <translation>Fortschritt der Vorschau</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>The classes that were found, the most frequent first.</source>
   <translation>Die gefundenen Klassen, die häufigsten zuerst.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>How far the preview covers the map.</source>
   <translation>Wie deckend die Vorschau über der Karte liegt.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>&amp;Opacity</source>
   <translation>&amp;Deckkraft</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>&amp;Threshold</source>
   <translation>Sch&amp;welle</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>A line on the map that is dragged to compare its two sides.</source>
   <translation>Eine Linie auf der Karte, die man zieht, um ihre beiden Seiten zu vergleichen.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Co&amp;mpare</source>
   <translation>Ver&amp;gleichen</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Computing what the map shows …</source>
   <translation>Was die Karte zeigt, wird berechnet …</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>The preview was stopped.</source>
   <translation>Die Vorschau wurde angehalten.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Hides what the model is not sure of, once there is a preview.</source>
   <translation>Blendet aus, wessen sich das Modell nicht sicher ist, sobald es eine Vorschau gibt.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>There is no threshold: a restored image has no scores.</source>
   <translation>Es gibt keine Schwelle: Ein wiederhergestelltes Bild hat keine Wahrscheinlichkeiten.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>There is no threshold: the model gives classes without scores.</source>
   <translation>Es gibt keine Schwelle: Das Modell liefert Klassen ohne Wahrscheinlichkeiten.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Smallest probability of change that is drawn as a change. Acts at once.</source>
   <translation>Kleinste Wahrscheinlichkeit, die als Veränderung gezeichnet wird. Wirkt sofort.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Nothing</source>
   <translation>Nichts</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Preview and map</source>
   <translation>Vorschau und Karte</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Before and after</source>
   <translation>Vorher und nachher</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>&amp;Stop preview</source>
   <translation>Vorschau &amp;anhalten</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>&amp;Preview on the map</source>
   <translation>&amp;Vorschau auf der Karte</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>Run these settings on what the map shows, a few tiles at most. Nothing is saved or loaded.</source>
   <translation>Diese Einstellungen auf das anwenden, was die Karte zeigt, höchstens ein paar Kacheln. Nichts wird gespeichert oder geladen.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>For two dates that are layers of the project.</source>
   <translation>Für zwei Zeitpunkte, die Layer des Projekts sind.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>The settings have changed since this preview.</source>
   <translation>Die Einstellungen haben sich seit dieser Vorschau geändert.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>{} %</source>
   <translation>{} %</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>model’s</source>
   <translation>wie Modell</translation>
  </message>
  <message>
   <location filename="../../ui/preview/controls.py"></location>
   <source>all</source>
   <translation>alle</translation>
  </message>
  <message>
   <location filename="../../ui/preview/preview.py"></location>
   <source>There is no raster to preview: choose one first.</source>
   <translation>Es gibt kein Raster für eine Vorschau: Wählen Sie zuerst eines.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/preview.py"></location>
   <source>The map does not show the part that would be computed: zoom to the raster first.</source>
   <translation>Die Karte zeigt nicht den Teil, der berechnet würde: Zoomen Sie zuerst auf das Raster.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/preview.py"></location>
   <source>The map's extent can't be brought to the raster's coordinate reference system.</source>
   <translation>Die Ausdehnung der Karte kann nicht in das Koordinatenbezugssystem des Rasters gebracht werden.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/preview.py"></location>
   <source>'{}' is a layer of the kind {}; a preview needs a raster file: save it as GeoTIFF first (Export ▸ Save As).</source>
   <translation>„{}“ ist ein Layer der Art {}; eine Vorschau braucht eine Rasterdatei: Speichern Sie ihn zuerst als GeoTIFF (Export ▸ Speichern als).</translation>
  </message>
  <message>
   <location filename="../../ui/preview/preview.py"></location>
   <source>The algorithm {} is not there: is GeONNX enabled?</source>
   <translation>Der Algorithmus {} ist nicht da: Ist GeONNX aktiviert?</translation>
  </message>
  <message>
   <location filename="../../ui/preview/running.py"></location>
   <source>The preview failed.</source>
   <translation>Die Vorschau ist fehlgeschlagen.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/swipe.py"></location>
   <source>Line that compares two sides of the map</source>
   <translation>Linie, die zwei Seiten der Karte vergleicht</translation>
  </message>
  <message>
   <location filename="../../ui/preview/swipe.py"></location>
   <source>Drag to compare the two sides, or move it with the arrow keys.</source>
   <translation>Ziehen, um die beiden Seiten zu vergleichen, oder mit den Pfeiltasten bewegen.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/where.py"></location>
   <source>less than 1 %</source>
   <translation>weniger als 1 %</translation>
  </message>
  <message>
   <location filename="../../ui/preview/where.py"></location>
   <source>{:.1f} s</source>
   <translation>{:.1f} s</translation>
  </message>
  <message>
   <location filename="../../ui/preview/where.py"></location>
   <source>The middle of the map was computed in {}, {} of what it shows. Zoom in for the rest.</source>
   <translation>Die Mitte der Karte wurde in {} berechnet, {} dessen, was sie zeigt. Zoomen Sie für den Rest hinein.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/where.py"></location>
   <source>All that the map shows of the raster was computed in {}.</source>
   <translation>Alles, was die Karte vom Raster zeigt, wurde in {} berechnet.</translation>
  </message>
  <message>
   <location filename="../../ui/preview/where.py"></location>
   <source>{:.0f} %</source>
   <translation>{:.0f} %</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copy</source>
   <translation>Kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copy this run</source>
   <translation>Diesen Lauf kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copy this run as a command, a script or JSON, to repeat it without this window</source>
   <translation>Diesen Lauf als Befehl, Skript oder JSON kopieren, um ihn ohne dieses Fenster zu wiederholen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copied</source>
   <translation>Kopiert</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copy as qgis_process command</source>
   <translation>Als qgis_process-Befehl kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>A line for a terminal; it runs without the QGIS window</source>
   <translation>Eine Zeile für ein Terminal; sie läuft ohne das QGIS-Fenster</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copy as Python</source>
   <translation>Als Python kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>A script for the Python console of QGIS</source>
   <translation>Ein Skript für die Python-Konsole von QGIS</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Copy as JSON</source>
   <translation>Als JSON kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>Input for 'qgis_process run geonnx:… -' of QGIS 3.24 and newer</source>
   <translation>Eingabe für „qgis_process run geonnx:… -“ von QGIS 3.24 und neuer</translation>
  </message>
  <message>
   <location filename="../../ui/runs/copy_button.py"></location>
   <source>{}: done.</source>
   <translation>{}: fertig.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/log_text.py"></location>
   <source>Error: </source>
   <translation>Fehler: </translation>
  </message>
  <message>
   <location filename="../../ui/runs/log_text.py"></location>
   <source>Warning: </source>
   <translation>Warnung: </translation>
  </message>
  <message>
   <location filename="../../ui/runs/log_view.py"></location>
   <source>Log of the run</source>
   <translation>Protokoll des Laufs</translation>
  </message>
  <message>
   <location filename="../../ui/runs/log_view.py"></location>
   <source>What the run said; warnings and errors are in colour</source>
   <translation>Was der Lauf gesagt hat; Warnungen und Fehler sind farbig</translation>
  </message>
  <message>
   <location filename="../../ui/runs/log_view.py"></location>
   <source>The run has not said anything yet.</source>
   <translation>Der Lauf hat noch nichts gesagt.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/matrix_view.py"></location>
   <source>From–to areas in hectares</source>
   <translation>Von–nach-Flächen in Hektar</translation>
  </message>
  <message>
   <location filename="../../ui/runs/matrix_view.py"></location>
   <source>Rows: class before. Columns: class after. Areas in hectares.</source>
   <translation>Zeilen: Klasse vorher. Spalten: Klasse nachher. Flächen in Hektar.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/matrix_view.py"></location>
   <source>{}: stayed the same, {:,.2f} ha</source>
   <translation>{}: gleich geblieben, {:,.2f} ha</translation>
  </message>
  <message>
   <location filename="../../ui/runs/matrix_view.py"></location>
   <source>{}: what stayed the same is not in the map; ask for the areas of change</source>
   <translation>{}: Was gleich blieb, ist nicht in der Karte; verlangen Sie die Flächen der Veränderung</translation>
  </message>
  <message>
   <location filename="../../ui/runs/notice.py"></location>
   <source>Finished, with warnings: {}</source>
   <translation>Fertig, mit Warnungen: {}</translation>
  </message>
  <message>
   <location filename="../../ui/runs/notice.py"></location>
   <source>Finished; the results are on the map.</source>
   <translation>Fertig; die Ergebnisse sind auf der Karte.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/queue.py"></location>
   <source>There is no algorithm {}: is the plugin GeONNX switched on in Processing?</source>
   <translation>Es gibt keinen Algorithmus {}: Ist das Plugin GeONNX in der Verarbeitung eingeschaltet?</translation>
  </message>
  <message>
   <location filename="../../ui/runs/queue.py"></location>
   <source>The run could not be prepared; the log of QGIS says why.</source>
   <translation>Der Lauf konnte nicht vorbereitet werden; das Protokoll von QGIS sagt, warum.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/queue.py"></location>
   <source>The run failed; the log of QGIS says why.</source>
   <translation>Der Lauf ist fehlgeschlagen; das Protokoll von QGIS sagt, warum.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/queue.py"></location>
   <source>These results were written, but can't be shown on the map: {}.</source>
   <translation>Diese Ergebnisse wurden geschrieben, können aber nicht auf der Karte gezeigt werden: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/queue.py"></location>
   <source>Results:</source>
   <translation>Ergebnisse:</translation>
  </message>
  <message>
   <location filename="../../ui/runs/queue.py"></location>
   <source>Finished in {:.1f} s.</source>
   <translation>Fertig in {:.1f} s.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>Area of each class</source>
   <translation>Fläche jeder Klasse</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>Parts of the image</source>
   <translation>Teile des Bildes</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>from \ to</source>
   <translation>von \ nach</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>Not found: {}.</source>
   <translation>Nicht gefunden: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>How it was made</source>
   <translation>Wie es entstand</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>{:,.1f} ha</source>
   <translation>{:,.1f} ha</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>{:.3g} ha</source>
   <translation>{:.3g} ha</translation>
  </message>
  <message>
   <location filename="../../ui/runs/report_page.py"></location>
   <source>From–to areas (ha)</source>
   <translation>Von–nach-Flächen (ha)</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>Results stand here when a run is finished.</source>
   <translation>Hier stehen die Ergebnisse, wenn ein Lauf fertig ist.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>Save as HTML…</source>
   <translation>Als HTML speichern…</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>Save this page as one HTML file and open it in the browser</source>
   <translation>Diese Seite als eine HTML-Datei speichern und im Browser öffnen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>Save the results page</source>
   <translation>Ergebnisseite speichern</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>Results page</source>
   <translation>Ergebnisseite</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>This run has no results.</source>
   <translation>Dieser Lauf hat keine Ergebnisse.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/results_view.py"></location>
   <source>Measuring areas…</source>
   <translation>Flächen werden gemessen…</translation>
  </message>
  <message>
   <location filename="../../ui/runs/row.py"></location>
   <source>Share of the work that is done</source>
   <translation>Anteil der Arbeit, der getan ist</translation>
  </message>
  <message>
   <location filename="../../ui/runs/row.py"></location>
   <source>Cancel this run; nothing is written then</source>
   <translation>Diesen Lauf abbrechen; dann wird nichts geschrieben</translation>
  </message>
  <message>
   <location filename="../../ui/runs/row.py"></location>
   <source>Cancel {}</source>
   <translation>{} abbrechen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/row.py"></location>
   <source>{} warnings: </source>
   <translation>{} Warnungen: </translation>
  </message>
  <message>
   <location filename="../../ui/runs/sources.py"></location>
   <source>The layer '{}' lives in memory only: save it as {} (Export ▸ Save Features As) where the command runs.</source>
   <translation>Der Layer „{}“ ist nur im Speicher: Speichern Sie ihn als {} (Export ▸ Objekte speichern als), wo der Befehl läuft.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/sources.py"></location>
   <source>The layer '{}' has another CRS ({}) in this project than in its file.</source>
   <translation>Der Layer „{}“ hat in diesem Projekt ein anderes KBS ({}) als in seiner Datei.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/sources.py"></location>
   <source>of your own</source>
   <translation>Ihrer Wahl</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>Cancelling…</source>
   <translation>Wird abgebrochen…</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>starts after the one before it</source>
   <translation>startet nach dem vorigen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>nothing was written to the map</source>
   <translation>nichts wurde auf die Karte geschrieben</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>Waiting</source>
   <translation>Wartet</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>Running</source>
   <translation>Läuft</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>Finished</source>
   <translation>Fertig</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>Failed</source>
   <translation>Fehlgeschlagen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>Cancelled</source>
   <translation>Abgebrochen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>opening the model and the rasters</source>
   <translation>Modell und Raster werden geöffnet</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>{} h {} min</source>
   <translation>{} h {} min</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>finishing the results</source>
   <translation>Ergebnisse werden fertiggestellt</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>{:.0f} s</source>
   <translation>{:.0f} s</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>{} min {} s</source>
   <translation>{} min {} s</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>in {}</source>
   <translation>in {}</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>{} tiles/s</source>
   <translation>{} Kacheln/s</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>{} left</source>
   <translation>noch {}</translation>
  </message>
  <message>
   <location filename="../../ui/runs/status.py"></location>
   <source>{:,} of {:,} tiles</source>
   <translation>{:,} von {:,} Kacheln</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>{:,.2f} ha of {:,.2f} ha ({:.1%})</source>
   <translation>{:,.2f} ha von {:,.2f} ha ({:.1%})</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>cloudy on the restored date</source>
   <translation>am wiederhergestellten Zeitpunkt bewölkt</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>kept as observed</source>
   <translation>wie beobachtet behalten</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>clear on no date</source>
   <translation>zu keinem Zeitpunkt klar</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Licence of the model</source>
   <translation>Lizenz des Modells</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Ran on</source>
   <translation>Lief auf</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Time</source>
   <translation>Zeit</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Tiles</source>
   <translation>Kacheln</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Speed</source>
   <translation>Geschwindigkeit</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Zones without class</source>
   <translation>Zonen ohne Klasse</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Unlike the training images</source>
   <translation>Den Trainingsbildern unähnlich</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Changed</source>
   <translation>Verändert</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>{:g} px to the right, {:g} px down</source>
   <translation>{:g} px nach rechts, {:g} px nach unten</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Shift of the later image</source>
   <translation>Versatz des späteren Bildes</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>Restored date</source>
   <translation>Wiederhergestellter Zeitpunkt</translation>
  </message>
  <message>
   <location filename="../../ui/runs/summary.py"></location>
   <source>{:g} megapixels per second</source>
   <translation>{:g} Megapixel pro Sekunde</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Log</source>
   <translation>Protokoll</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Stop the chosen run; nothing is written then</source>
   <translation>Den gewählten Lauf anhalten; dann wird nichts geschrieben</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Run again</source>
   <translation>Noch einmal</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Queue the chosen run once more, as it was</source>
   <translation>Den gewählten Lauf noch einmal einreihen, wie er war</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Open folder</source>
   <translation>Ordner öffnen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Open the folder that holds the results</source>
   <translation>Den Ordner mit den Ergebnissen öffnen</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>Take the chosen run off this list; files and layers stay</source>
   <translation>Den gewählten Lauf von dieser Liste nehmen; Dateien und Layer bleiben</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>No runs yet. Choose a task, a layer and a model, and press Run.</source>
   <translation>Noch keine Läufe. Wählen Sie eine Aufgabe, einen Layer und ein Modell und starten Sie.</translation>
  </message>
  <message>
   <location filename="../../ui/runs/view.py"></location>
   <source>… and {} more in the log</source>
   <translation>… und {} weitere im Protokoll</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Where downloaded models and your own lie; every model in it can be chosen by its name</source>
   <translation>Wo heruntergeladene und eigene Modelle liegen; jedes Modell darin kann über seinen Namen gewählt werden</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>For what can be made again, such as networks that were compiled for a device</source>
   <translation>Für das, was neu gemacht werden kann, etwa für ein Gerät übersetzte Netze</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Taken by every run whose device is left at 'Automatic'</source>
   <translation>Gilt für jeden Lauf, dessen Gerät auf „Automatisch“ bleibt</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>All cores</source>
   <translation>Alle Kerne</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Processor cores that a run uses; fewer leave room for other work</source>
   <translation>Prozessorkerne, die ein Lauf benutzt; weniger lassen Raum für andere Arbeit</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Addresses or files of catalogues of models, one a line; algorithms take the first</source>
   <translation>Adressen oder Dateien von Modellkatalogen, eine je Zeile; Algorithmen nehmen die erste</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Install, change or undo the packages that run models</source>
   <translation>Die Pakete, die Modelle ausführen, installieren, wechseln oder zurücknehmen</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>What these settings do</source>
   <translation>Was diese Einstellungen bewirken</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Folders</source>
   <translation>Ordner</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Computing</source>
   <translation>Rechnen</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Catalogues</source>
   <translation>Kataloge</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>&amp;Models folder</source>
   <translation>&amp;Modellordner</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>C&amp;ache folder</source>
   <translation>&amp;Zwischenspeicher</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>Default &amp;device</source>
   <translation>Voreingestelltes &amp;Gerät</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>&amp;Processor cores</source>
   <translation>&amp;Prozessorkerne</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>&amp;Catalogues of models</source>
   <translation>Modell&amp;kataloge</translation>
  </message>
  <message>
   <location filename="../../ui/settings/page.py"></location>
   <source>The environment variable {} is set and wins.</source>
   <translation>Die Umgebungsvariable {} ist gesetzt und hat Vorrang.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>'{}' is no full path of a folder, such as {}.</source>
   <translation>„{}“ ist kein vollständiger Ordnerpfad wie etwa {}.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>The device is '{}'; expected a word such as auto, cpu, cuda or cuda:1.</source>
   <translation>Das Gerät ist „{}“; erwartet wird ein Wort wie auto, cpu, cuda oder cuda:1.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>'{}' is no catalogue; expected an http or https address, or the full path of a file.</source>
   <translation>„{}“ ist kein Katalog; erwartet wird eine http- oder https-Adresse oder der vollständige Pfad einer Datei.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>{} is a file; expected a folder.</source>
   <translation>{} ist eine Datei; erwartet wird ein Ordner.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>{} can't be made: {} is no folder.</source>
   <translation>{} kann nicht angelegt werden: {} ist kein Ordner.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>Nothing may be written to {}; choose a folder of your own.</source>
   <translation>Nach {} darf nichts geschrieben werden; wählen Sie einen eigenen Ordner.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>'{}' begins with {}; expected http, https or the path of a file.</source>
   <translation>„{}“ beginnt mit {}; erwartet wird http, https oder der Pfad einer Datei.</translation>
  </message>
  <message>
   <location filename="../../ui/settings/store.py"></location>
   <source>Expected 0 (all cores) to {}; found {}.</source>
   <translation>Erwartet wird 0 (alle Kerne) bis {}; gefunden wurde {}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Install components of GeONNX</source>
   <translation>Komponenten von GeONNX installieren</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>&amp;Install</source>
   <translation>&amp;Installieren</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>&amp;Cancel installation</source>
   <translation>Installation &amp;abbrechen</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>&amp;Undo</source>
   <translation>&amp;Zurücknehmen</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Look a&amp;gain</source>
   <translation>&amp;Erneut suchen</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Run the command; what QGIS has is not touched</source>
   <translation>Den Befehl ausführen; was QGIS hat, bleibt unberührt</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Stop; everything stays as it was</source>
   <translation>Anhalten; alles bleibt, wie es war</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Go back to what was installed before the last installation</source>
   <translation>Zurück zu dem, was vor der letzten Installation installiert war</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Find out again what this computer and its Python have</source>
   <translation>Erneut herausfinden, was dieser Rechner und sein Python haben</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Choose the folder with the wheels. The last command fetches them, on a computer with network.</source>
   <translation>Wählen Sie den Ordner mit den Wheels. Der letzte Befehl holt sie, auf einem Rechner mit Netz.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>This computer could not be looked at.</source>
   <translation>Dieser Rechner konnte nicht untersucht werden.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Looking at this computer …</source>
   <translation>Dieser Rechner wird untersucht …</translation>
  </message>
  <message>
   <location filename="../../ui/setup/dialog.py"></location>
   <source>Installing {} …</source>
   <translation>{} wird installiert …</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>The package index could not be reached. Check the network and the proxy (Settings ▸ Options ▸ Network), or install without network: choose 'Folder with wheels' above.</source>
   <translation>Der Paketindex war nicht erreichbar. Prüfen Sie Netz und Proxy (Einstellungen ▸ Optionen ▸ Netzwerk), oder installieren Sie ohne Netz: Wählen Sie oben „Ordner mit Wheels“.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>Something may not be written or replaced; the log says what.</source>
   <translation>Etwas darf nicht geschrieben oder ersetzt werden; das Protokoll sagt, was.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>This Python has no pip; install pip first.</source>
   <translation>Dieses Python hat kein pip; installieren Sie zuerst pip.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>The disk is full. Make room in the profile's folder, or choose a smaller package.</source>
   <translation>Die Festplatte ist voll. Schaffen Sie Platz im Ordner des Profils oder wählen Sie ein kleineres Paket.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>The package index could not be trusted: its certificate was not accepted. If your company looks into encrypted connections, ask its administrators for their certificate; or use a folder with wheels.</source>
   <translation>Dem Paketindex konnte nicht vertraut werden: Sein Zertifikat wurde nicht angenommen. Wenn Ihre Firma in verschlüsselte Verbindungen hineinsieht, bitten Sie deren Administration um ihr Zertifikat; oder verwenden Sie einen Ordner mit Wheels.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>A download arrived damaged. Try again; nothing of it was used.</source>
   <translation>Ein Download kam beschädigt an. Versuchen Sie es noch einmal; nichts davon wurde benutzt.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>No versions of the packages go together with those that this QGIS has; the log names them. A newer QGIS helps, or a different package above.</source>
   <translation>Keine Versionen der Pakete passen zu denen, die dieses QGIS hat; das Protokoll nennt sie. Ein neueres QGIS hilft, oder ein anderes Paket oben.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>pip failed: {}</source>
   <translation>pip ist fehlgeschlagen: {}</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>it said nothing</source>
   <translation>es hat nichts gesagt</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>The package index has no {} for this system and this Python. Choose another package above, or a newer QGIS.</source>
   <translation>Der Paketindex hat kein {} für dieses System und dieses Python. Wählen Sie oben ein anderes Paket, oder ein neueres QGIS.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>This pip is too old: it does not know {}. Update pip, then try again.</source>
   <translation>Dieses pip ist zu alt: Es kennt {} nicht. Aktualisieren Sie pip, dann versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/explain.py"></location>
   <source>The folder {} has no wheel of {} that fits this system and this Python. Fetch the wheels with the last command, on a computer with network.</source>
   <translation>Der Ordner {} hat kein Wheel von {}, das zu diesem System und diesem Python passt. Holen Sie die Wheels mit dem letzten Befehl, auf einem Rechner mit Netz.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Copy the command</source>
   <translation>Den Befehl kopieren</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Which form of onnxruntime to install; only one can be there at a time</source>
   <translation>Welche Form von onnxruntime installiert wird; nur eine kann gleichzeitig da sein</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Package index (needs the network)</source>
   <translation>Paketindex (braucht das Netz)</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Folder with wheels (no network needed)</source>
   <translation>Ordner mit Wheels (kein Netz nötig)</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Where pip takes the packages from</source>
   <translation>Woher pip die Pakete nimmt</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>The folder into which the wheels were downloaded on another computer</source>
   <translation>Der Ordner, in den die Wheels auf einem anderen Rechner heruntergeladen wurden</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Folder with the wheels</source>
   <translation>Ordner mit den Wheels</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>The exact command that is run</source>
   <translation>Der genaue Befehl, der ausgeführt wird</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Downloads the wheels for this computer, on any computer with network</source>
   <translation>Lädt die Wheels für diesen Rechner herunter, auf einem beliebigen Rechner mit Netz</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>What pip says</source>
   <translation>Was pip sagt</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>&amp;Package</source>
   <translation>&amp;Paket</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>&amp;From</source>
   <translation>&amp;Von</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>Co&amp;mmand</source>
   <translation>&amp;Befehl</translation>
  </message>
  <message>
   <location filename="../../ui/setup/form.py"></location>
   <source>&amp;Download</source>
   <translation>&amp;Download</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>Cancelled; nothing was changed.</source>
   <translation>Abgebrochen; nichts wurde geändert.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>Trying what was installed …</source>
   <translation>Was installiert wurde, wird ausprobiert …</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>pip brought {}, which overwrite each other; please report it.</source>
   <translation>pip brachte {}, die einander überschreiben; bitte melden Sie das.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>Nothing was changed.</source>
   <translation>Nichts wurde geändert.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>What was installed does not start, so it is not used: {}</source>
   <translation>Was installiert wurde, startet nicht und wird darum nicht benutzt: {}</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>Installed: {}.</source>
   <translation>Installiert: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/pip_run.py"></location>
   <source>The folder {} can't be used: {}.</source>
   <translation>Der Ordner {} kann nicht benutzt werden: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime-gpu exists for Linux and Windows on 64-bit Intel and AMD processors only.</source>
   <translation>onnxruntime-gpu gibt es nur für Linux und Windows auf 64-Bit-Prozessoren von Intel und AMD.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>No NVIDIA graphics card with a working driver was found.</source>
   <translation>Es wurde keine NVIDIA-Grafikkarte mit funktionierendem Treiber gefunden.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime-gpu uses the NVIDIA card; it comes with NVIDIA's CUDA and cuDNN (a download of about 2 GB).</source>
   <translation>onnxruntime-gpu nutzt die NVIDIA-Karte; es kommt mit CUDA und cuDNN von NVIDIA (ein Download von etwa 2 GB).</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime-directml uses any graphics card with DirectX 12, and the processor where there is none (a download of about 60 MB).</source>
   <translation>onnxruntime-directml nutzt jede Grafikkarte mit DirectX 12 und den Prozessor, wo keine ist (ein Download von etwa 60 MB).</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime uses the processor, and Apple's graphics through Core ML (a download of about 60 MB).</source>
   <translation>onnxruntime nutzt den Prozessor und Apples Grafik über Core ML (ein Download von etwa 60 MB).</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>The Python program of this QGIS was not found. Open the shell that comes with QGIS (OSGeo4W Shell on Windows) and run the command below there.</source>
   <translation>Das Python-Programm dieses QGIS wurde nicht gefunden. Öffnen Sie die Shell, die mit QGIS kommt (OSGeo4W-Shell unter Windows), und führen Sie dort den Befehl unten aus.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>QGIS has no numpy, which GeONNX needs: install it the way in which QGIS was installed.</source>
   <translation>QGIS hat kein numpy, das GeONNX braucht: Installieren Sie es auf dem Weg, auf dem QGIS installiert wurde.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>This Python has no pip. Install it (Debian and Ubuntu: 'sudo apt install python3-pip', Fedora: 'sudo dnf install python3-pip'), then press 'Look again'.</source>
   <translation>Dieses Python hat kein pip. Installieren Sie es (Debian und Ubuntu: „sudo apt install python3-pip“, Fedora: „sudo dnf install python3-pip“), dann drücken Sie „Erneut suchen“.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>Found: {} on {}, Python {}, {} with a driver for CUDA {}.{}.</source>
   <translation>Gefunden: {} auf {}, Python {}, {} mit einem Treiber für CUDA {}.{}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>This Python has no pip. Run '{}' in the shell that comes with QGIS, then press 'Look again'.</source>
   <translation>Dieses Python hat kein pip. Führen Sie „{}“ in der Shell aus, die mit QGIS kommt, dann drücken Sie „Erneut suchen“.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>NVIDIA's driver runs CUDA {}.{} at most, and onnxruntime-gpu needs CUDA 12: update the driver.</source>
   <translation>Der NVIDIA-Treiber kann höchstens CUDA {}.{}, und onnxruntime-gpu braucht CUDA 12: Aktualisieren Sie den Treiber.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime-gpu with its libraries needs Python 3.10 or newer; this QGIS has {}.{}.</source>
   <translation>onnxruntime-gpu mit seinen Bibliotheken braucht Python 3.10 oder neuer; dieses QGIS hat {}.{}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>Found: {} on {}, Python {}, no NVIDIA graphics card.</source>
   <translation>Gefunden: {} auf {}, Python {}, keine NVIDIA-Grafikkarte.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>The environment variable GEONNX_SITE_PACKAGES names {}, and what is installed here would not be used: unset it, or install into that folder yourself.</source>
   <translation>Die Umgebungsvariable GEONNX_SITE_PACKAGES nennt {}, und was hier installiert wird, würde nicht benutzt: Löschen Sie die Variable, oder installieren Sie selbst in diesen Ordner.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>It takes the place of {}: two of these packages overwrite each other.</source>
   <translation>Es tritt an die Stelle von {}: Zwei dieser Pakete überschreiben einander.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>QGIS keeps its own numpy {} and GDAL: nothing of QGIS is replaced or installed again.</source>
   <translation>QGIS behält sein eigenes numpy {} und GDAL: Nichts von QGIS wird ersetzt oder neu installiert.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime-gpu would run on the processor only: {}</source>
   <translation>onnxruntime-gpu würde nur auf dem Prozessor laufen: {}</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>onnxruntime uses the processor (a download of about 60 MB). {}</source>
   <translation>onnxruntime nutzt den Prozessor (ein Download von etwa 60 MB). {}</translation>
  </message>
  <message>
   <location filename="../../ui/setup/plan.py"></location>
   <source>{} {} lies among QGIS's own packages and would be found first: remove it there, with '{}', then come back.</source>
   <translation>{} {} liegt unter den eigenen Paketen von QGIS und würde zuerst gefunden: Entfernen Sie es dort mit „{}“, dann kommen Sie zurück.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/process.py"></location>
   <source>{} could not be started.</source>
   <translation>{} konnte nicht gestartet werden.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>Everything is there, among the packages of QGIS. You can install another choice here.</source>
   <translation>Alles ist da, unter den Paketen von QGIS. Sie können hier eine andere Wahl installieren.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>NVIDIA graphics cards</source>
   <translation>NVIDIA-Grafikkarten</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>any graphics card on Windows</source>
   <translation>jede Grafikkarte unter Windows</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>The installation was taken back; nothing is installed in the profile now.</source>
   <translation>Die Installation wurde zurückgenommen; im Profil ist nichts installiert.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>processor and Apple graphics</source>
   <translation>Prozessor und Apple-Grafik</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>processor</source>
   <translation>Prozessor</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>{} Restart QGIS to use it: the former package is loaded and stays until then.</source>
   <translation>{} Starten Sie QGIS neu, um es zu benutzen: Das frühere Paket ist geladen und bleibt es bis dahin.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>GeONNX needs {} to run models. It can be installed here, in your QGIS profile.</source>
   <translation>GeONNX braucht {}, um Modelle auszuführen. Es kann hier installiert werden, in Ihrem QGIS-Profil.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>Everything is installed: {}.</source>
   <translation>Alles ist installiert: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>{} (recommended)</source>
   <translation>{} (empfohlen)</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>{} It can be used now.</source>
   <translation>{} Es kann jetzt benutzt werden.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>Back to what was installed before: {}.</source>
   <translation>Zurück zu dem, was vorher installiert war: {}.</translation>
  </message>
  <message>
   <location filename="../../ui/setup/words.py"></location>
   <source>{} Restart QGIS for it.</source>
   <translation>{} Starten Sie QGIS dafür neu.</translation>
  </message>
 </context>
</TS>
